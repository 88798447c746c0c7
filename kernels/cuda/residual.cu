#include "elementwise.cuh"

namespace memo::cuda {

template <class T>
struct ResidualAdd {
  T *y;
  const T *x;

  template <int W>
  struct Loaded {
    Pack<T, W> y, x;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t at) const {
    return {memo::cuda::load<W>(y + at), memo::cuda::load<W>(x + at)};
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t at) const {
    Floats<W> sum = widen(loaded.y);
    const Floats<W> added = widen(loaded.x);
#pragma unroll
    for (int i = 0; i < W; i++) sum.v[i] += added.v[i];
    store_rounded(y + at, sum);
  }
};

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_residual_add(int type, void *y, const void *x, int64_t n, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(y), MEMO_POINTER(x)});
    require_at_least(MEMO_COUNT(n), 0);
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const ResidualAdd<T> op{static_cast<T *>(y), static_cast<const T *>(x)};
      run_elementwise<kWide<T>, 4>(op, n, wide(y, x), queue);
    });
  });
}
