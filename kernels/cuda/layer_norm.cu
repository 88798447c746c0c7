#include "norms.cuh"

namespace memo::cuda {
namespace {

__device__ __forceinline__ float inverse_deviation(float sum_of_squares, int64_t cols, float epsilon) {
  return 1.0f / sqrtf(sum_of_squares / static_cast<float>(cols) + epsilon);
}

template <class T, int W, bool kHeld>
__global__ void __launch_bounds__(kRowThreads, 2)
    layer_norm_forward_kernel(const T *x, const T *weight, const T *bias, T *y, int64_t rows, int64_t cols,
                              float epsilon) {
  __shared__ RowSums<1> sums[2];
  const int64_t packs = cols / W;
  Pack<T, W> weights[kKeptPacks<kHeld>];
  if constexpr (kHeld) for_packs<true>(packs, [&](int k, int64_t pack) { weights[k] = load<W>(weight + pack * W); });
  for (int64_t base = first_row(); base < rows; base += row_stride()) {
    const int64_t row = base + threadIdx.y;
    const int64_t packs_here = row < rows ? packs : 0;  // all threads take part in the sums
    const T *x_row = x + row * cols;
    Pack<T, W> values[kKeptPacks<kHeld>];
    if constexpr (kHeld) {
      for_packs<true>(packs_here, [&](int k, int64_t pack) { values[k] = load<W>(x_row + pack * W); });
    }
    float mean[1] = {};
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) values[k] = load<W>(x_row + pack * W);
      const Floats<W> v = widen(values[k]);
#pragma unroll
      for (int i = 0; i < W; i++) mean[0] += v.v[i];
    });
    row_sum(mean, sums[0]);
    mean[0] /= static_cast<float>(cols);
    float square[1] = {};
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) values[k] = load<W>(x_row + pack * W);
      stay_packed(values[k]);
      const Floats<W> v = widen(values[k]);
#pragma unroll
      for (int i = 0; i < W; i++) square[0] = fmaf(v.v[i] - mean[0], v.v[i] - mean[0], square[0]);
    });
    row_sum(square, sums[1]);
    const float scale = inverse_deviation(square[0], cols, epsilon);
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) {
        values[k] = load<W>(x_row + pack * W);
        weights[k] = load<W>(weight + pack * W);
      }
      stay_packed(values[k]);
      stay_packed(weights[k]);
      Floats<W> v = widen(values[k]);
      const Floats<W> w = widen(weights[k]);
      const Floats<W> b = widen(load<W>(bias + pack * W));
#pragma unroll
      for (int i = 0; i < W; i++) v.v[i] = fmaf((v.v[i] - mean[0]) * scale, w.v[i], b.v[i]);
      store_rounded(y + row * cols + pack * W, v);
    });
  }
}

// With n the normed row, s = 1 / deviation and g = dy * weight: dx = s (g - mean(g) - n mean(g n)).
template <class T, int W, bool kHeld>
__global__ void __launch_bounds__(kRowThreads)
    layer_norm_backward_kernel(const T *x, const T *weight, const T *dy, T *dx, float *partials, int64_t rows,
                               int64_t cols, float epsilon) {
  __shared__ RowSums<1> mean_sums;
  __shared__ RowSums<3> other_sums;
  const int64_t packs = cols / W;
  WeightGradients<W, kHeld, 2> parameter_gradients(partials, cols);
  Pack<T, W> weights[kKeptPacks<kHeld>];
  if constexpr (kHeld) for_packs<true>(packs, [&](int k, int64_t pack) { weights[k] = load<W>(weight + pack * W); });
  for (int64_t base = first_row(); base < rows; base += row_stride()) {
    const int64_t row = base + threadIdx.y;
    const int64_t packs_here = row < rows ? packs : 0;
    const int64_t at = row * cols;
    Pack<T, W> values[kKeptPacks<kHeld>], gradients[kKeptPacks<kHeld>], results[kKeptPacks<kHeld>];
    if constexpr (kHeld) {
      for_packs<true>(packs_here, [&](int k, int64_t pack) {
        values[k] = load<W>(x + at + pack * W);
        gradients[k] = load<W>(dy + at + pack * W);
        results[k] = load<W>(dx + at + pack * W);
      });
    }
    float mean[1] = {};
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) values[k] = load<W>(x + at + pack * W);
      const Floats<W> v = widen(values[k]);
#pragma unroll
      for (int i = 0; i < W; i++) mean[0] += v.v[i];
    });
    row_sum(mean, mean_sums);
    mean[0] /= static_cast<float>(cols);
    float sum[3] = {};
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) {
        values[k] = load<W>(x + at + pack * W);
        gradients[k] = load<W>(dy + at + pack * W);
        weights[k] = load<W>(weight + pack * W);
      }
      stay_packed(values[k]);
      stay_packed(weights[k]);
      const Floats<W> v = widen(values[k]);
      const Floats<W> g = widen(gradients[k]);
      const Floats<W> w = widen(weights[k]);
#pragma unroll
      for (int i = 0; i < W; i++) {
        const float centred = v.v[i] - mean[0];
        const float gradient = g.v[i] * w.v[i];
        sum[0] = fmaf(centred, centred, sum[0]);
        sum[1] += gradient;
        sum[2] = fmaf(gradient, centred, sum[2]);
      }
    });
    row_sum(sum, other_sums);
    const float scale = inverse_deviation(sum[0], cols, epsilon);
    const float mean_gradient = sum[1] / static_cast<float>(cols);
    const float mean_product = sum[2] * scale / static_cast<float>(cols);
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) {
        values[k] = load<W>(x + at + pack * W);
        gradients[k] = load<W>(dy + at + pack * W);
        results[k] = load<W>(dx + at + pack * W);
        weights[k] = load<W>(weight + pack * W);
      }
      stay_packed(values[k]);
      stay_packed(gradients[k]);
      stay_packed(weights[k]);
      Floats<W> v = widen(values[k]);
      const Floats<W> g = widen(gradients[k]);
      const Floats<W> w = widen(weights[k]);
      Floats<W> result = widen(results[k]);
#pragma unroll
      for (int i = 0; i < W; i++) {
        const float normed = (v.v[i] - mean[0]) * scale;
        result.v[i] = fmaf(g.v[i] * w.v[i] - mean_gradient - normed * mean_product, scale, result.v[i]);
        v.v[i] = g.v[i] * normed;
      }
      store_rounded(dx + at + pack * W, result);
      parameter_gradients.add(0, pack, v);
      parameter_gradients.add(1, pack, g);
    });
  }
  parameter_gradients.end();
}

template <class T>
void forward(const T *x, const T *weight, const T *bias, T *y, int64_t rows, int64_t cols, float epsilon,
             const memo_cuda_queue *queue) {
  constexpr int W = kWide<T>;
  const RowShape shape(wide(x, weight, bias, y) && cols % W == 0, W, cols);
  const auto kernel = !shape.wide  ? layer_norm_forward_kernel<T, 1, false>
                      : shape.held ? layer_norm_forward_kernel<T, W, true>
                                   : layer_norm_forward_kernel<T, W, false>;
  const NormGrid size = forward_grid(shape, rows);
  check(launch(kernel, size.grid, size.block, 0, stream_of(queue), x, weight, bias, y, rows, cols, epsilon),
        "launch of layer_norm_forward");
}

template <class T>
void backward(const T *x, const T *weight, const T *dy, T *dx, float *dweight, float *dbias, int64_t rows,
              int64_t cols, float epsilon, const memo_cuda_queue *queue) {
  constexpr int W = kWide<T>;
  const RowShape shape(wide(x, weight, dy, dx) && cols % W == 0, W, cols);
  const BackwardGrid size(shape, rows, cols, 2);
  const auto kernel = !shape.wide ? layer_norm_backward_kernel<T, 1, false>
                      : size.held ? layer_norm_backward_kernel<T, W, true>
                                  : layer_norm_backward_kernel<T, W, false>;
  float *partials = scratch_of<float>(queue);
  check(launch(kernel, size.grid, size.block, size.shared_bytes, stream_of(queue), x, weight, dy, dx, partials, rows,
               cols, epsilon),
        "launch of layer_norm_backward");
  add_partial_sums(partials, size.parts, cols, {dweight, dbias}, queue);
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_layer_norm_forward(int type, const void *x, const void *weight, const void *bias, void *y, int64_t rows,
                                 int64_t cols, float epsilon, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(bias), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      forward(static_cast<const T *>(x), static_cast<const T *>(weight), static_cast<const T *>(bias),
              static_cast<T *>(y), rows, cols, epsilon, queue);
    });
  });
}

int memo_cuda_layer_norm_backward(int type, const void *x, const void *weight, const void *dy, void *dx, float *dweight,
                                  float *dbias, int64_t rows, int64_t cols, float epsilon,
                                  const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(dy), MEMO_POINTER(dx),
                      MEMO_POINTER(dweight), MEMO_POINTER(dbias)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_summed_cols(MEMO_COUNT(cols), 2);
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      backward(static_cast<const T *>(x), static_cast<const T *>(weight), static_cast<const T *>(dy),
               static_cast<T *>(dx), dweight, dbias, rows, cols, epsilon, queue);
    });
  });
}
