#include <math.h>

#include "kernel_table.h"
#include "lanes.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

// The factors are made in f64 and rounded once, as PyTorch makes its own of Python's floats. keep_weights(lanes, new_w)
// is told the new weights.
template <class KeepWeights>
void step(float *w, float *m, float *v, float *gradient, int64_t n, double gradient_scale, double lr, double beta1,
          double beta2, double epsilon, double weight_decay, double bias_correction1, double bias_correction2,
          KeepWeights keep_weights) {
  const float scale = static_cast<float>(gradient_scale);
  const float keep = static_cast<float>(1.0 - lr * weight_decay);
  const float m_weight = static_cast<float>(1.0 - beta1);
  const float v_keep = static_cast<float>(beta2);
  const float v_weight = static_cast<float>(1.0 - beta2);
  const float step_size = static_cast<float>(lr / bias_correction1);
  const float root_correction2 = static_cast<float>(::sqrt(bias_correction2));
  const float floor = static_cast<float>(epsilon);
  const int parts = num_parts(n);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(n, part, parts, kLineElements);
    for_lanes(range.begin, range.end, [=](auto lanes) MEMO_FLAT {
      const Vec g = lanes.load(gradient) * scale;
      const Vec old_m = lanes.load(m);
      const Vec new_m = fma(g - old_m, splat(m_weight), old_m);
      const Vec new_v = fma(g * v_weight, g, lanes.load(v) * v_keep);
      const Vec denominator = sqrt(new_v) / root_correction2 + floor;
      lanes.store(m, new_m);
      lanes.store(v, new_v);
      const Vec new_w = lanes.load(w) * keep - step_size * new_m / denominator;
      lanes.store(w, new_w);
      keep_weights(lanes, new_w);
      lanes.store(gradient, Vec{});
    });
  });
}

}  // namespace

void adamw_f32(float *w, float *m, float *v, float *gradient, int64_t n, double gradient_scale, double lr, double beta1,
               double beta2, double epsilon, double weight_decay, double bias_correction1, double bias_correction2) {
  step(w, m, v, gradient, n, gradient_scale, lr, beta1, beta2, epsilon, weight_decay, bias_correction1,
       bias_correction2, [](auto, Vec) MEMO_FLAT {});
}

void adamw_bf16(float *w, float *m, float *v, float *gradient, memo_bf16 *weights, int64_t n, double gradient_scale,
                double lr, double beta1, double beta2, double epsilon, double weight_decay, double bias_correction1,
                double bias_correction2) {
  step(w, m, v, gradient, n, gradient_scale, lr, beta1, beta2, epsilon, weight_decay, bias_correction1,
       bias_correction2, [=](auto lanes, Vec new_w) MEMO_FLAT { lanes.store(weights, new_w); });
}

}  // namespace memo::MEMO_ISA
