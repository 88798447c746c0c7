#include <math.h>

#include "fault.cuh"
#include "rows.cuh"

namespace memo::cuda {

struct RotaryTable : RowsOperation {
  const float *inverse_frequency;
  const int32_t *positions;
  float *cosines;
  float *sines;
  int64_t half_dim;

  template <int W>
  __device__ float load(int64_t row, int64_t d) const {
    return static_cast<float>(positions[row]) * inverse_frequency[d];  // models are trained on its f32
  }
  // In f64, which rounds to the nearest f32.
  template <int W>
  __device__ void finish(float angle, int64_t row, int64_t d) const {
    cosines[row * half_dim + d] = static_cast<float>(::cos(static_cast<double>(angle)));
    sines[row * half_dim + d] = static_cast<float>(::sin(static_cast<double>(angle)));
  }
};

// A row's columns are here the pairs of its elements: those of the first head, then of the second, and so on.
template <class T>
struct Rotary : RowsOperation {
  T *x;
  int64_t row_stride;
  const int32_t *positions;
  const float *cosines;
  const float *sines;
  int64_t half_dim;
  float direction;
  memo_cuda_fault *fault;

  struct Column {
    int64_t pair;
    int64_t low;  // in the row; the other of the pair is half_dim further
    int64_t d;    // in the head
  };
  __device__ Column column(int64_t pair) const {
    const int64_t head = pair / half_dim;
    const int64_t d = pair - head * half_dim;
    return {pair, head * 2 * half_dim + d, d};
  }

  template <int W>
  struct Loaded {
    Pack<T, W> low, high;
    int32_t position;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t row, const Column &col) const {
    Loaded<W> loaded;
    loaded.position = positions[row];
    const T *low = x + row * row_stride + col.low;
    loaded.low = memo::cuda::load<W>(low);
    loaded.high = memo::cuda::load<W>(low + half_dim);
    return loaded;
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t row, const Column &col) const {
    if (loaded.position < 0) {
      if (col.pair == 0) {
        report_fault(fault, MEMO_CUDA_FAULT_OUT_OF_RANGE, MEMO_CUDA_KERNEL_ROTARY, row, loaded.position);
      }
      return;
    }
    const int64_t table_at = loaded.position * half_dim + col.d;
    const Floats<W> cosine = load_floats<W>(cosines + table_at);
    const Floats<W> sine = load_floats<W>(sines + table_at);
    Floats<W> low = widen(loaded.low);
    Floats<W> high = widen(loaded.high);
#pragma unroll
    for (int i = 0; i < W; i++) {
      const float a = low.v[i];
      const float b = high.v[i];
      const float turn = sine.v[i] * direction;
      low.v[i] = fmaf(a, cosine.v[i], -(b * turn));
      high.v[i] = fmaf(b, cosine.v[i], a * turn);
    }
    T *to = x + row * row_stride + col.low;
    store_rounded(to, low);
    store_rounded(to + half_dim, high);
  }
};

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_rotary_table(const float *inverse_frequency, const int32_t *positions, float *cosines, float *sines,
                           int64_t rows, int64_t half_dim, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers(
        {MEMO_POINTER(inverse_frequency), MEMO_POINTER(positions), MEMO_POINTER(cosines), MEMO_POINTER(sines)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(half_dim));
    require_queue(queue);
    const RotaryTable op{{}, inverse_frequency, positions, cosines, sines, half_dim};
    run_rows<1, 1>(op, rows, half_dim, false, queue);
  });
}

int memo_cuda_rotary(int type, void *x, int64_t row_stride, const int32_t *positions, const float *cosines,
                     const float *sines, int64_t rows, int64_t heads, int64_t head_dim, int inverse,
                     const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(x), MEMO_POINTER(positions), MEMO_POINTER(cosines), MEMO_POINTER(sines)});
    require_matrix(MEMO_COUNT(heads), MEMO_COUNT(head_dim));
    if (head_dim % 2 != 0) {
      throw Failure(MEMO_INVALID_ARGUMENT, "head_dim=%lld, must be even", static_cast<long long>(head_dim));
    }
    require_at_least(MEMO_COUNT(row_stride), heads * head_dim);
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(row_stride));
    require_queue(queue);
    require_type(type);
    if (heads == 0) return;
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      constexpr int W = kWide<T>;
      const int64_t half_dim = head_dim / 2;
      const Rotary<T> op{{},    static_cast<T *>(x), row_stride, positions, cosines,
                         sines, half_dim,            inverse != 0 ? -1.0f : 1.0f, queue->fault};
      const bool is_wide = wide(x, cosines, sines) && row_stride % W == 0 && half_dim % W == 0;
      run_rows<W, 2>(op, rows, heads * half_dim, is_wide, queue);
    });
  });
}
