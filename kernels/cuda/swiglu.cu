#include "rows.cuh"

namespace memo::cuda {

template <class T>
struct SwiGluForward : RowsOperation {
  const T *gate_up;
  T *act;
  int64_t ffn;

  template <int W>
  struct Loaded {
    Pack<T, W> gate, up;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t row, int64_t col) const {
    const T *gates = gate_up + row * 2 * ffn + col;
    return {memo::cuda::load<W>(gates), memo::cuda::load<W>(gates + ffn)};
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t row, int64_t col) const {
    Floats<W> gates = widen(loaded.gate);
    const Floats<W> ups = widen(loaded.up);
#pragma unroll
    for (int i = 0; i < W; i++) gates.v[i] = gates.v[i] * sigmoid(gates.v[i]) * ups.v[i];
    store_rounded(act + row * ffn + col, gates);
  }
};

// silu'(g) = s + silu(g) (1 - s) with s = sigmoid(g)
template <class T>
struct SwiGluBackward : RowsOperation {
  T *gate_up;
  T *dact;
  int64_t ffn;

  template <int W>
  struct Loaded {
    Pack<T, W> gate, up, dact;
  };
  template <int W>
  __device__ Loaded<W> load(int64_t row, int64_t col) const {
    const T *gates = gate_up + row * 2 * ffn + col;
    return {memo::cuda::load<W>(gates), memo::cuda::load<W>(gates + ffn), memo::cuda::load<W>(dact + row * ffn + col)};
  }
  template <int W>
  __device__ void finish(const Loaded<W> &loaded, int64_t row, int64_t col) const {
    Floats<W> gates = widen(loaded.gate);
    Floats<W> ups = widen(loaded.up);
    Floats<W> acts = widen(loaded.dact);
#pragma unroll
    for (int i = 0; i < W; i++) {
      const float gate = gates.v[i];
      const float up = ups.v[i];
      const float gradient = acts.v[i];
      const float s = sigmoid(gate);
      const float silu = gate * s;
      gates.v[i] = gradient * up * fmaf(silu, 1.0f - s, s);
      ups.v[i] = gradient * silu;
      acts.v[i] = silu * up;
    }
    T *to = gate_up + row * 2 * ffn + col;
    store_rounded(to, gates);
    store_rounded(to + ffn, ups);
    store_rounded(dact + row * ffn + col, acts);
  }
};

}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_swiglu_forward(int type, const void *gate_up, void *act, int64_t rows, int64_t ffn,
                             const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(gate_up), MEMO_POINTER(act)});
    require_at_least(MEMO_COUNT(ffn), 1);
    require_matrix(MEMO_COUNT(rows), {"2 * ffn", 2 * ffn});
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const SwiGluForward<T> op{{}, static_cast<const T *>(gate_up), static_cast<T *>(act), ffn};
      run_rows<kWide<T>, 4>(op, rows, ffn, wide(gate_up, act) && ffn % kWide<T> == 0, queue);
    });
  });
}

int memo_cuda_swiglu_backward(int type, void *gate_up, void *dact, int64_t rows, int64_t ffn,
                              const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(gate_up), MEMO_POINTER(dact)});
    require_at_least(MEMO_COUNT(ffn), 1);
    require_matrix(MEMO_COUNT(rows), {"2 * ffn", 2 * ffn});
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      const SwiGluBackward<T> op{{}, static_cast<T *>(gate_up), static_cast<T *>(dact), ffn};
      run_rows<kWide<T>, 2>(op, rows, ffn, wide(gate_up, dact) && ffn % kWide<T> == 0, queue);
    });
  });
}
