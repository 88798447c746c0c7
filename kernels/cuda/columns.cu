#include "rows.cuh"

namespace memo::cuda {

template <class From, class To>
struct CopyColumns : RowsOperation {
  const From *source;
  int64_t source_stride;
  To *target;
  int64_t target_stride;

  template <int W>
  __device__ Pack<From, W> load(int64_t row, int64_t col) const {
    return memo::cuda::load<W>(source + row * source_stride + col);
  }
  template <int W>
  __device__ void finish(const Pack<From, W> &pack, int64_t row, int64_t col) const {
    To *to = target + row * target_stride + col;
    if constexpr (sizeof(From) == sizeof(To)) {
      store(to, pack);  // as it is, whatever its bits
    } else {
      store_rounded(to, widen(pack));
    }
  }
};

template <class From, class To>
void copy_columns(const void *source, int64_t source_stride, void *target, int64_t target_stride, int64_t rows,
                  int64_t cols, const memo_cuda_queue *queue) {
  constexpr int W = kWide<From>;
  const CopyColumns<From, To> op{
      {}, static_cast<const From *>(source), source_stride, static_cast<To *>(target), target_stride};
  const bool is_wide = wide(source) && aligned(target, W * sizeof(To)) && source_stride % W == 0 &&
                       target_stride % W == 0 && cols % W == 0;
  run_rows<W, 4>(op, rows, cols, is_wide, queue);
}

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_copy_columns(int type, int source_type, const void *source, int64_t source_stride, void *target,
                           int64_t target_stride, int64_t rows, int64_t cols, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_type(type);
    if (source_type != type && source_type != MEMO_F32) {
      throw Failure(MEMO_INVALID_ARGUMENT, "source_type=%d, must be MEMO_F32 (%d) or type=%d", source_type, MEMO_F32,
                    type);
    }
    require_pointers({MEMO_POINTER(source), MEMO_POINTER(target)});
    require_at_least(MEMO_COUNT(cols), 0);
    require_at_least(MEMO_COUNT(source_stride), cols);
    require_at_least(MEMO_COUNT(target_stride), cols);
    if (cols == 0) return;
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(source_stride));
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(target_stride));
    require_queue(queue);
    const auto copy = type == MEMO_F32           ? copy_columns<float, float>
                      : source_type == MEMO_F32 ? copy_columns<float, bf16>
                                                : copy_columns<bf16, bf16>;
    copy(source, source_stride, target, target_stride, rows, cols, queue);
  });
}
