#include "elementwise.cuh"

namespace memo::cuda {
namespace {

constexpr float kCubic = 0.044715f;
constexpr float kTwiceRootTwoOverPi = 1.5957691216057308f;

// 0.5 (1 + tanh(u)) is sigmoid(2 u), which does not cancel where x is far below zero. This is that 2 u.
__device__ __forceinline__ float twice_inner(float x) {
  return kTwiceRootTwoOverPi * x * fmaf(kCubic * x, x, 1.0f);
}

}  // namespace

template <class T>
struct GeluForward {
  const T *x;
  T *act;

  template <int W>
  __device__ Pack<T, W> load(int64_t at) const {
    return memo::cuda::load<W>(x + at);
  }
  template <int W>
  __device__ void finish(const Pack<T, W> &loaded, int64_t at) const {
    Floats<W> values = widen(loaded);
#pragma unroll
    for (int i = 0; i < W; i++) values.v[i] *= sigmoid(twice_inner(values.v[i]));
    store_rounded(act + at, values);
  }
};

template <class T>
struct GeluBackward {
  T *x;
  T *dact;

  template <int W>
  struct Loaded {
    Pack<T, W> x, dact;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t at) const {
    return {memo::cuda::load<W>(x + at), memo::cuda::load<W>(dact + at)};
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t at) const {
    Floats<W> values = widen(loaded.x);
    Floats<W> gradients = widen(loaded.dact);
#pragma unroll
    for (int i = 0; i < W; i++) {
      const float value = values.v[i];
      const float s = sigmoid(twice_inner(value));
      const float inner_slope = kTwiceRootTwoOverPi * fmaf(3.0f * kCubic * value, value, 1.0f);
      const float result = value * s;
      values.v[i] = gradients.v[i] * fmaf(result * (1.0f - s), inner_slope, s);
      gradients.v[i] = result;
    }
    store_rounded(x + at, values);
    store_rounded(dact + at, gradients);
  }
};

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_gelu_forward(int type, const void *x, void *act, int64_t n, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(act)});
    require_at_least(MEMO_COUNT(n), 0);
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const GeluForward<T> op{static_cast<const T *>(x), static_cast<T *>(act)};
      run_elementwise<kWide<T>, 4>(op, n, wide(x, act), queue);
    });
  });
}

int memo_cuda_gelu_backward(int type, void *x, void *dact, int64_t n, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(dact)});
    require_at_least(MEMO_COUNT(n), 0);
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const GeluBackward<T> op{static_cast<T *>(x), static_cast<T *>(dact)};
      run_elementwise<kWide<T>, 2>(op, n, wide(x, dact), queue);
    });
  });
}
