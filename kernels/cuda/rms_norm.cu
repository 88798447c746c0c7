#include "norms.cuh"

namespace memo::cuda {
namespace {

__device__ __forceinline__ float inverse_rms(float sum_of_squares, int64_t cols, float epsilon) {
  return 1.0f / sqrtf(sum_of_squares / static_cast<float>(cols) + epsilon);
}

template <class T, int W, bool kHeld>
__global__ void __launch_bounds__(kRowThreads, 2)
    rms_norm_forward_kernel(const T *x, const T *weight, T *y, int64_t rows, int64_t cols, float epsilon) {
  __shared__ RowSums<1> sums[2];
  const int64_t packs = cols / W;
  Pack<T, W> weights[kKeptPacks<kHeld>];
  if constexpr (kHeld) for_packs<true>(packs, [&](int k, int64_t pack) { weights[k] = load<W>(weight + pack * W); });
  int turn = 0;
  for (int64_t base = first_row(); base < rows; base += row_stride()) {
    const int64_t row = base + threadIdx.y;
    const int64_t packs_here = row < rows ? packs : 0;  // all threads take part in the sums
    const T *x_row = x + row * cols;
    Pack<T, W> values[kKeptPacks<kHeld>];
    if constexpr (kHeld) {
      for_packs<true>(packs_here, [&](int k, int64_t pack) { values[k] = load<W>(x_row + pack * W); });
    }
    float square[1] = {};
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) values[k] = load<W>(x_row + pack * W);
      stay_packed(values[k]);
      const Floats<W> v = widen(values[k]);
#pragma unroll
      for (int i = 0; i < W; i++) square[0] = fmaf(v.v[i], v.v[i], square[0]);
    });
    row_sum(square, sums[turn]);
    turn ^= 1;
    const float scale = inverse_rms(square[0], cols, epsilon);
    for_packs<kHeld>(packs_here, [&](int k, int64_t pack) {
      if constexpr (!kHeld) {
        values[k] = load<W>(x_row + pack * W);
        weights[k] = load<W>(weight + pack * W);
      }
      stay_packed(values[k]);
      stay_packed(weights[k]);
      Floats<W> v = widen(values[k]);
      const Floats<W> w = widen(weights[k]);
#pragma unroll
      for (int i = 0; i < W; i++) v.v[i] = v.v[i] * scale * w.v[i];
      store_rounded(y + row * cols + pack * W, v);
    });
  }
}

// With s = 1 / rms and g = dy * weight: dx = s g - s^3 x mean(g x).
template <class T, int W, bool kHeld>
__global__ void __launch_bounds__(kRowThreads)
    rms_norm_backward_kernel(const T *x, const T *weight, const T *dy, T *dx, float *partials, int64_t rows,
                             int64_t cols, float epsilon) {
  __shared__ RowSums<2> sums[2];
  const int64_t packs = cols / W;
  WeightGradients<W, kHeld, 1> dweight(partials, cols);
  Pack<T, W> weights[kKeptPacks<kHeld>];
  if constexpr (kHeld) for_packs<true>(packs, [&](int k, int64_t pack) { weights[k] = load<W>(weight + pack * W); });
  int turn = 0;
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
    float sum[2] = {};
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
        sum[0] = fmaf(v.v[i], v.v[i], sum[0]);
        sum[1] = fmaf(g.v[i] * w.v[i], v.v[i], sum[1]);
      }
    });
    row_sum(sum, sums[turn]);
    turn ^= 1;
    const float scale = inverse_rms(sum[0], cols, epsilon);
    const float x_factor = sum[1] / static_cast<float>(cols) * scale * scale * scale;
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
      const Floats<W> v = widen(values[k]);
      Floats<W> g = widen(gradients[k]);
      const Floats<W> w = widen(weights[k]);
      Floats<W> result = widen(results[k]);
#pragma unroll
      for (int i = 0; i < W; i++) {
        g.v[i] *= scale;
        result.v[i] += g.v[i] * w.v[i] - v.v[i] * x_factor;
        g.v[i] *= v.v[i];
      }
      store_rounded(dx + at + pack * W, result);
      dweight.add(0, pack, g);
    });
  }
  dweight.end();
}

template <class T>
void forward(const T *x, const T *weight, T *y, int64_t rows, int64_t cols, float epsilon,
             const memo_cuda_queue *queue) {
  constexpr int W = kWide<T>;
  const RowShape shape(wide(x, weight, y) && cols % W == 0, W, cols);
  const auto kernel = !shape.wide  ? rms_norm_forward_kernel<T, 1, false>
                      : shape.held ? rms_norm_forward_kernel<T, W, true>
                                   : rms_norm_forward_kernel<T, W, false>;
  const NormGrid size = forward_grid(shape, rows);
  check(launch(kernel, size.grid, size.block, 0, stream_of(queue), x, weight, y, rows, cols, epsilon),
        "launch of rms_norm_forward");
}

template <class T>
void backward(const T *x, const T *weight, const T *dy, T *dx, float *dweight, int64_t rows, int64_t cols,
              float epsilon, const memo_cuda_queue *queue) {
  constexpr int W = kWide<T>;
  const RowShape shape(wide(x, weight, dy, dx) && cols % W == 0, W, cols);
  const BackwardGrid size(shape, rows, cols, 1);
  const auto kernel = !shape.wide ? rms_norm_backward_kernel<T, 1, false>
                      : size.held ? rms_norm_backward_kernel<T, W, true>
                                  : rms_norm_backward_kernel<T, W, false>;
  float *partials = scratch_of<float>(queue);
  check(launch(kernel, size.grid, size.block, size.shared_bytes, stream_of(queue), x, weight, dy, dx, partials, rows,
               cols, epsilon),
        "launch of rms_norm_backward");
  add_partial_sums(partials, size.parts, cols, {dweight}, queue);
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_rms_norm_forward(int type, const void *x, const void *weight, void *y, int64_t rows, int64_t cols,
                               float epsilon, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(y)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      forward(static_cast<const T *>(x), static_cast<const T *>(weight), static_cast<T *>(y), rows, cols, epsilon,
              queue);
    });
  });
}

int memo_cuda_rms_norm_backward(int type, const void *x, const void *weight, const void *dy, void *dx, float *dweight,
                                int64_t rows, int64_t cols, float epsilon, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(weight), MEMO_POINTER(dy), MEMO_POINTER(dx),
                      MEMO_POINTER(dweight)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(cols));
    require_summed_cols(MEMO_COUNT(cols), 1);
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      backward(static_cast<const T *>(x), static_cast<const T *>(weight), static_cast<const T *>(dy),
               static_cast<T *>(dx), dweight, rows, cols, epsilon, queue);
    });
  });
}
