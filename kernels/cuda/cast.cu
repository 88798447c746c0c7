#include "elementwise.cuh"

namespace memo::cuda {

template <class T>
struct Cast {
  const float *source;
  T *destination;

  template <int W>
  __device__ Floats<W> load(int64_t at) const {
    return widen(memo::cuda::load<W>(source + at));
  }
  template <int W>
  __device__ void finish(const Floats<W> &floats, int64_t at) const {
    store_rounded(destination + at, floats);
  }
};

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_cast(int type, const float *source, void *destination, int64_t n, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(source), MEMO_POINTER(destination)});
    require_at_least(MEMO_COUNT(n), 0);
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const Cast<T> op{source, static_cast<T *>(destination)};
      run_elementwise<4, 4>(op, n, wide(source) && aligned(destination, 4 * sizeof(T)), queue);
    });
  });
}
