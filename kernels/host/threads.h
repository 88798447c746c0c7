// Work shared by the OpenMP team of the calling thread.
//
// Work is cut into parts before any thread starts, so that a result depends on the number of parts alone. There is
// either one part or one a thread: libgomp ends and restarts threads when the size of a team varies.
#pragma once

#include <omp.h>
#include <stdint.h>

namespace memo::MEMO_ISA {

// Below this many elements one thread is done before a team has started (some microseconds).
constexpr int64_t kSerialElements = 16 * 1024;

static inline int num_parts(int64_t elements) { return elements < kSerialElements ? 1 : omp_get_max_threads(); }

// Calls body(part) for each part, each in a thread of its own. The body must not throw.
template <class Body>
static inline void parallel(int parts, Body body) {
  if (parts == 1) {
    body(0);
    return;
  }
#pragma omp parallel for schedule(static, 1) num_threads(parts)
  for (int part = 0; part < parts; part++) body(part);
}

// Half-open.
struct Range {
  int64_t begin;
  int64_t end;
};

// The part's share of n elements, in whole granules but for the last.
static inline Range range_of_part(int64_t n, int part, int parts, int64_t granule = 1) {
  const int64_t granules = (n + granule - 1) / granule;
  const int64_t begin = granules * part / parts * granule;
  const int64_t end = granules * (part + 1) / parts * granule;
  return {begin < n ? begin : n, end < n ? end : n};
}

// Floats of a cache line: parts that meet at a multiple of it do not share lines (of an aligned array of floats).
constexpr int64_t kLineElements = 16;

// Calls body(row, begin_col, end_col) for the part's share of a matrix's elements, so that a few long rows are shared.
template <class Body>
static inline void for_row_pieces(int64_t rows, int64_t cols, int part, int parts, Body body) {
  const Range range = range_of_part(rows * cols, part, parts, kLineElements);
  for (int64_t at = range.begin; at < range.end;) {
    const int64_t row = at / cols;
    const int64_t begin_col = at - row * cols;
    const int64_t left = range.end - at;
    const int64_t end_col = cols - begin_col < left ? cols : begin_col + left;
    body(row, begin_col, end_col);
    at += end_col - begin_col;
  }
}

}  // namespace memo::MEMO_ISA
