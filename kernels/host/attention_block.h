// What attention's forward and backward share: blocks of rows in scratch memory, the causal mask, exp2.
#pragma once

#include "storage.h"
#include "visibility.h"

namespace memo::MEMO_ISA {

constexpr float kLog2E = 0x1.715476p0f;
constexpr float kLn2 = 0x1.62e430p-1f;

MEMO_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

MEMO_INLINE int64_t vecs_of(int64_t columns) { return ceil_div(columns, kWidth); }

// The stride of a block's rows: whole cache lines, and an odd number of them where a row is long, since panels of rows
// that lie a power of two apart would share a few sets of the first-level cache.
static inline int64_t block_stride(int64_t columns) {
  const int64_t lines = ceil_div(columns, 16);
  return (lines > 4 ? lines | 1 : lines) * 16;
}

// 2^x within 1 ulp for x <= 1; 0 or next to it below -126. NaN stays NaN.
MEMO_INLINE Vec exp2(Vec x) {
  x = max(splat(-126.0f), x);
#if defined(__AVX512F__)
  const Vec n = _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT);
#else
  const Vec rounder = splat(0x1.8p23f);  // adding it leaves no room for fraction bits
  const Vec shifted = x + rounder;
  const Vec n = shifted - rounder;
#endif
  const Vec f = x - n;
  // The minimax polynomial of degree 6 for |f| <= 1/2, relative error 2e-9.
  Vec p = splat(0x1.41fbbcp-13f);
  p = fma(p, f, splat(0x1.5f3e54p-10f));
  p = fma(p, f, splat(0x1.3b2d4cp-7f));
  p = fma(p, f, splat(0x1.c6aee8p-5f));
  p = fma(p, f, splat(0x1.ebfbdcp-3f));
  p = fma(p, f, splat(0x1.62e430p-1f));
  p = fma(p, f, splat(1.0f));
#if defined(__AVX512F__)
  return _mm512_scalef_ps(p, n);
#else
  // The low bits of `shifted` are n. A product, and not a sum of exponents, so that a NaN stays one. Unsigned, since
  // lanes that are not visible hold anything.
  return p * reinterpret_cast<Vec>((reinterpret_cast<BitVec>(shifted) << 23) + 0x3F800000);
#endif
}

// The query rows of a block see its first keys: row r those below r + 1 + offset, from none to all.
struct Causal {
  int64_t offset;
  int64_t keys;

  // Of queries from one on that lie in a part, and of keys from one on.
  static Causal of(const Part &part, int64_t first_query, int64_t first_key, int64_t keys) {
    return {part.causal ? first_query - first_key : keys, keys};
  }

  MEMO_FLAT int64_t visible(int64_t row) const { return larger(0, smaller(keys, row + 1 + offset)); }
  MEMO_FLAT int64_t first_row_seeing(int64_t key) const { return larger(0, key - offset); }
};

// to[row][...] = from[row][...] * factor, rows filled up with zeros to whole Vecs.
template <class Source>
static inline void copy_rows(RowMatrix to, const Source *from, int64_t from_stride, int64_t rows, int64_t columns,
                             float factor) {
  for (int64_t row = 0; row < rows; row++) {
    const Source *source = from + row * from_stride;
    int64_t at = 0;
    for (; at + kWidth <= columns; at += kWidth) store(to.row(row) + at, load(source + at) * factor);
    if (at < columns) store(to.row(row) + at, load_first(source + at, static_cast<int>(columns - at)) * factor);
  }
}

MEMO_INLINE void transpose_tile(Vec (&rows)[kWidth]) {
  IntVec low, high;  // the halves of two Vecs, interleaved
  for (int i = 0; i < kWidth; i++) {
    low[i] = i / 2 + i % 2 * kWidth;
    high[i] = low[i] + kWidth / 2;
  }
#pragma GCC unroll 4
  for (int stage = 1; stage < kWidth; stage *= 2) {
    Vec mixed[kWidth];
#pragma GCC unroll 16
    for (int i = 0; i < kWidth / 2; i++) {
      mixed[2 * i] = __builtin_shuffle(rows[i], rows[i + kWidth / 2], low);
      mixed[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + kWidth / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kWidth; i++) rows[i] = mixed[i];
  }
}

// to[column][row] = from[row][column], filled up with zeros to whole Vecs of rows.
static inline void transpose_rows(RowMatrix to, const Element *from, int64_t from_stride, int64_t rows,
                                  int64_t columns) {
  for (int64_t row = 0; row < rows; row += kWidth) {
    for (int64_t column = 0; column < columns; column += kWidth) {
      const int width = static_cast<int>(smaller(kWidth, columns - column));
      const Element *source = from + row * from_stride + column;
      Vec tile[kWidth];
      if (width == kWidth && rows - row >= kWidth) {
#pragma GCC unroll 16
        for (int i = 0; i < kWidth; i++) tile[i] = load(source + i * from_stride);
      } else {
#pragma GCC unroll 16
        for (int i = 0; i < kWidth; i++) tile[i] = row + i < rows ? load_first(source + i * from_stride, width) : Vec{};
      }
      transpose_tile(tile);
      for (int i = 0; i < width; i++) store(to.row(column + i) + row, tile[i]);
    }
  }
}

// Carves a thread's scratch memory; with no memory, measures how much is needed.
struct Carver {
  float *memory;
  int64_t used;

  float *floats(int64_t count) {
    float *result = memory == nullptr ? nullptr : memory + used;
    used += ceil_div(count, 16) * 16;
    return result;
  }
  RowMatrix matrix(int64_t rows, int64_t columns) {
    const int64_t stride = block_stride(columns);
    return {floats(rows * stride), stride};
  }
};

}  // namespace memo::MEMO_ISA
