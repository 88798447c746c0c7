#include <math.h>

#include "kernel_table.h"
#include "lanes.h"
#include "threads.h"

namespace memo::MEMO_ISA {

// The factors are made in f64 and rounded once, as PyTorch makes its own of Python's floats.
void adamw_f32(float *w, float *m, float *v, float *gradient, int64_t n, double gradient_scale, double lr, double beta1,
               double beta2, double epsilon, double weight_decay, double bias_correction1, double bias_correction2) {
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
      lanes.store(w, lanes.load(w) * keep - step_size * new_m / denominator);
      lanes.store(gradient, Vec{});
    });
  });
}

}  // namespace memo::MEMO_ISA
