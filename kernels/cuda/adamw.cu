#include <math.h>

#include "elementwise.cuh"

namespace memo::cuda {

// The factors are made in f64 and rounded once, as PyTorch makes its own of Python's floats.
struct AdamWFactors {
  float scale, keep, m_weight, v_keep, v_weight, step_size, root_correction2, floor;
};

// T is void where no rounded copy is written. One step of four arrays is enough in flight, and two would spill.
template <class T>
struct AdamW {
  float *w;
  float *m;
  float *v;
  float *gradient;
  T *weights;
  AdamWFactors factors;

  template <int W>
  struct Loaded {
    Pack<float, W> w, m, v, gradient;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t at) const {
    return {memo::cuda::load<W>(w + at), memo::cuda::load<W>(m + at), memo::cuda::load<W>(v + at),
            memo::cuda::load<W>(gradient + at)};
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t at) const {
    Floats<W> new_w, new_m, new_v;
#pragma unroll
    for (int i = 0; i < W; i++) {
      const float g = loaded.gradient.v[i] * factors.scale;
      const float old_m = loaded.m.v[i];
      new_m.v[i] = fmaf(g - old_m, factors.m_weight, old_m);
      new_v.v[i] = fmaf(g * factors.v_weight, g, loaded.v.v[i] * factors.v_keep);
      const float denominator = sqrtf(new_v.v[i]) / factors.root_correction2 + factors.floor;
      new_w.v[i] = fmaf(loaded.w.v[i], factors.keep, -(factors.step_size * new_m.v[i] / denominator));
    }
    store_rounded(w + at, new_w);
    store_rounded(m + at, new_m);
    store_rounded(v + at, new_v);
    store_rounded(gradient + at, Floats<W>{});
    if constexpr (!std::is_void_v<T>) store_rounded(weights + at, new_w);
  }
};

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_adamw(int type, float *w, float *m, float *v, float *gradient, void *weights, int64_t n,
                    double gradient_scale, double lr, double beta1, double beta2, double epsilon, double weight_decay,
                    double bias_correction1, double bias_correction2, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(w), MEMO_POINTER(m), MEMO_POINTER(v), MEMO_POINTER(gradient)});
    require_at_least(MEMO_COUNT(n), 0);
    require_queue(queue);
    const AdamWFactors factors = {
        static_cast<float>(gradient_scale),      static_cast<float>(1.0 - lr * weight_decay),
        static_cast<float>(1.0 - beta1),         static_cast<float>(beta2),
        static_cast<float>(1.0 - beta2),         static_cast<float>(lr / bias_correction1),
        static_cast<float>(sqrt(bias_correction2)), static_cast<float>(epsilon)};
    const bool states_wide = wide(w, m, v, gradient);
    if (weights == nullptr) {
      require_type(type);
      run_elementwise<4, 1>(AdamW<void>{w, m, v, gradient, nullptr, factors}, n, states_wide, queue);
      return;
    }
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const AdamW<T> op{w, m, v, gradient, static_cast<T *>(weights), factors};
      run_elementwise<4, 1>(op, n, states_wide && aligned(weights, 4 * sizeof(T)), queue);
    });
  });
}
