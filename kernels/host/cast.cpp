#include "kernel_table.h"
#include "lanes.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

template <class Source, class Target>
void convert(const Source *source, int64_t source_stride, Target *target, int64_t target_stride, int64_t rows,
             int64_t cols) {
  const int parts = num_parts(rows * cols);
  parallel(parts, [=](int part) {
    for_row_pieces(rows, cols, part, parts, [=](int64_t row, int64_t begin_col, int64_t end_col) {
      const Source *from = source + row * source_stride;
      Target *to = target + row * target_stride;
      for_lanes(begin_col, end_col, [=](auto lanes) MEMO_FLAT { lanes.store(to, lanes.load(from)); });
    });
  });
}

}  // namespace

void cast_bf16(const float *source, int64_t source_stride, memo_bf16 *target, int64_t target_stride, int64_t rows,
               int64_t cols) {
  convert(source, source_stride, target, target_stride, rows, cols);
}

void widen_bf16(const memo_bf16 *source, int64_t source_stride, float *target, int64_t target_stride, int64_t rows,
                int64_t cols) {
  convert(source, source_stride, target, target_stride, rows, cols);
}

}  // namespace memo::MEMO_ISA
