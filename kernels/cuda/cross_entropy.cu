#include <math.h>

#include "fault.cuh"
#include "launch.cuh"
#include "pack.cuh"
#include "sums.cuh"

namespace memo::cuda {
namespace {

constexpr int kThreads = 512;
constexpr int kWarps = kThreads / 32;
constexpr int kBlocks = 2;  // of a multiprocessor: the one reads its row while the other writes
constexpr int kUnroll = 4;

__device__ __forceinline__ float exponential(float x) { return exp2f(x * 1.4426950408889634f); }

// The largest of some logits, and the sum of e^(logit - largest). A NaN, which the largest passes over, comes to light
// in the sum.
struct SoftmaxSum {
  float largest = -INFINITY;
  float sum = 0;

  // e^(-inf - -inf) is no NaN here: logits may be masked.
  __device__ __forceinline__ float shift() const { return largest == -INFINITY ? 0.0f : largest; }

  template <int W>
  __device__ __forceinline__ void add(const Floats<W> &logits) {
    float top = logits.v[0];
#pragma unroll
    for (int i = 1; i < W; i++) top = fmaxf(top, logits.v[i]);
    if (top > largest) {
      sum *= exponential(largest - top);
      largest = top;
    }
    const float from = shift();
    float added = 0;
#pragma unroll
    for (int i = 0; i < W; i++) added += exponential(logits.v[i] - from);
    sum += added;
  }

  __device__ __forceinline__ void add(const SoftmaxSum &other) {
    const float top = fmaxf(largest, other.largest);
    const float from = top == -INFINITY ? 0.0f : top;
    sum = sum * exponential(largest - from) + other.sum * exponential(other.largest - from);
    largest = top;
  }
};

// The same bits in all threads. Calls that follow each other take turns with of_warps.
__device__ __forceinline__ SoftmaxSum softmax_sum_of_block(SoftmaxSum own, SoftmaxSum (&of_warps)[kWarps]) {
  for (int distance = 16; distance > 0; distance /= 2) {
    SoftmaxSum other;
    other.largest = __shfl_xor_sync(kAllLanes, own.largest, distance);
    other.sum = __shfl_xor_sync(kAllLanes, own.sum, distance);
    // In the order of lanes, so that both get the same bits.
    if ((threadIdx.x & distance) != 0) {
      other.add(own);
      own = other;
    } else {
      own.add(other);
    }
  }
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = own;
  __syncthreads();
  own = of_warps[0];
  for (int warp = 1; warp < kWarps; warp++) own.add(of_warps[warp]);
  return own;
}

// A row's elements: those before the first that is aligned to 16 bytes, whole packs, and the rest. The thread `edge`
// has one element of the first and last part, if it is below `edges`.
template <class T>
struct RowParts {
  static constexpr int W = kWide<T>;
  int head;
  int packs;
  int edges;
  __device__ RowParts(const T *row, int vocab) {
    const int misaligned = static_cast<int>(reinterpret_cast<uintptr_t>(row) % 16 / sizeof(T));
    head = (W - misaligned) % W;
    if (head > vocab) head = vocab;
    packs = (vocab - head) / W;
    edges = vocab - packs * W;
  }
  __device__ int edge_at(int edge) const { return edge < head ? edge : edge + packs * W; }
};

struct RowGradient {
  float shift;
  float factor;
  float scale;
  int target;

  template <int W>
  __device__ __forceinline__ Floats<W> of(Floats<W> logits, int first) const {
#pragma unroll
    for (int i = 0; i < W; i++) logits.v[i] = exponential(logits.v[i] - shift) * factor;
    if (target >= first && target < first + W) {
#pragma unroll
      for (int i = 0; i < W; i++) logits.v[i] -= first + i == target ? scale : 0.0f;
    }
    return logits;
  }
};

// The first pass over a row's packs.
template <class T, int W>
__device__ __forceinline__ SoftmaxSum sum_packs(const T *packs, int num_packs, Pack<T, W> *held, int held_packs) {
  SoftmaxSum own;
  int pack = static_cast<int>(threadIdx.x);
  for (; pack < num_packs - (kUnroll - 1) * kThreads; pack += kUnroll * kThreads) {
    Pack<T, W> loaded[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; u++) loaded[u] = load<W>(packs + int64_t{pack + u * kThreads} * W);
#pragma unroll
    for (int u = 0; u < kUnroll; u++) {
      if (pack + u * kThreads < held_packs) held[pack + u * kThreads] = loaded[u];
      own.add(widen(loaded[u]));
    }
  }
  for (; pack < num_packs; pack += kThreads) {
    const Pack<T, W> loaded = load<W>(packs + int64_t{pack} * W);
    if (pack < held_packs) held[pack] = loaded;
    own.add(widen(loaded));
  }
  return own;
}

// The second pass; packs[0] is the row's element `first`.
template <class T, int W>
__device__ __forceinline__ void gradient_of_packs(T *packs, int num_packs, int first, const Pack<T, W> *held,
                                                  int held_packs, const RowGradient &gradient) {
  int pack = static_cast<int>(threadIdx.x);
  for (; pack < num_packs - (kUnroll - 1) * kThreads; pack += kUnroll * kThreads) {
    Pack<T, W> loaded[kUnroll];
#pragma unroll
    for (int u = 0; u < kUnroll; u++) {
      const int at = pack + u * kThreads;
      loaded[u] = at < held_packs ? held[at] : load<W>(packs + int64_t{at} * W);
    }
#pragma unroll
    for (int u = 0; u < kUnroll; u++) {
      const int at = pack + u * kThreads;
      store_rounded(packs + int64_t{at} * W, gradient.of(widen(loaded[u]), first + at * W));
    }
  }
  for (; pack < num_packs; pack += kThreads) {
    const Pack<T, W> loaded = pack < held_packs ? held[pack] : load<W>(packs + int64_t{pack} * W);
    store_rounded(packs + int64_t{pack} * W, gradient.of(widen(loaded), first + pack * W));
  }
}

// A block takes row after row. The first held_packs packs of a row stay in shared memory between its two passes; the
// others are read again, from the cache where it is large enough. losses[blockIdx.x] = the sum of the block's rows'.
template <class T>
__global__ void __launch_bounds__(kThreads, kBlocks)
    cross_entropy_kernel(T *logits, const int32_t *targets, double *losses, int64_t rows, int vocab, float scale,
                         int held_packs, const int64_t *verdict) {
  constexpr int W = kWide<T>;
  MEMO_DYNAMIC_SHARED(memory);
  auto *held = reinterpret_cast<Pack<T, W> *>(memory);
  __shared__ SoftmaxSum of_warps[2][kWarps];
  if (is_bad(verdict)) {
    if (threadIdx.x == 0) losses[blockIdx.x] = 0;
    return;
  }
  const int thread = static_cast<int>(threadIdx.x);
  double loss = 0;
  int turn = 0;
  for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
    T *row_logits = logits + row * vocab;
    const int target = targets[row];
    const RowParts<T> parts(row_logits, vocab);
    T *packs = row_logits + parts.head;
    T *edge = row_logits + parts.edge_at(thread);
    if (target < 0) {
      for (int pack = thread; pack < parts.packs; pack += kThreads) {
        store_rounded(packs + int64_t{pack} * W, Floats<W>{});
      }
      if (thread < parts.edges) store_rounded(edge, Floats<1>{});
      continue;
    }
    const float target_logit = to_float(row_logits[target]);
    SoftmaxSum own = sum_packs(packs, parts.packs, held, held_packs);
    if (thread < parts.edges) own.add(widen(load<1>(edge)));
    const SoftmaxSum whole = softmax_sum_of_block(own, of_warps[turn]);  // after it, all have read their logits
    turn ^= 1;
    if (thread == 0) {
      loss += static_cast<double>(whole.largest) - target_logit + log(static_cast<double>(whole.sum));
    }
    const RowGradient gradient = {whole.largest, scale / whole.sum, scale, target};
    gradient_of_packs(packs, parts.packs, parts.head, held, held_packs, gradient);
    if (thread < parts.edges) store_rounded(edge, gradient.of(widen(load<1>(edge)), parts.edge_at(thread)));
  }
  if (thread == 0) losses[blockIdx.x] = loss;
}

template <class T>
void cross_entropy(T *logits, const int32_t *targets, double *loss_sum, int64_t rows, int64_t vocab, float scale,
                   const memo_cuda_queue *queue) {
  constexpr int64_t kReservedBytes = 2048;  // of a block: the system's and the kernel's own
  const int64_t blocks_at_once = static_cast<int64_t>(multiprocessors()) * kBlocks;
  const int64_t blocks = rows < blocks_at_once ? rows : blocks_at_once;
  const int64_t room = most_shared_bytes_of_block() / kBlocks - kReservedBytes;
  const int64_t packs = vocab / kWide<T>;
  const int64_t held_packs = packs < room / 16 ? packs : room / 16;
  double *losses = scratch_of<double>(queue);
  check(launch(cross_entropy_kernel<T>, static_cast<unsigned>(blocks), kThreads, static_cast<size_t>(held_packs) * 16,
               stream_of(queue), logits, targets, losses, rows, static_cast<int>(vocab), scale,
               static_cast<int>(held_packs), verdict_of(queue)),
        "launch of cross_entropy");
  add_sums(losses, blocks, loss_sum, queue);
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_cross_entropy(int type, void *logits, const int32_t *targets, double *loss_sum, int64_t rows,
                            int64_t vocab, float scale, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    require_pointers({MEMO_POINTER(logits), MEMO_POINTER(targets), MEMO_POINTER(loss_sum)});
    require_matrix(MEMO_COUNT(rows), MEMO_COUNT(vocab));
    if (vocab > INT32_MAX) {
      throw Failure(MEMO_INVALID_ARGUMENT, "vocab=%lld, must be at most %d", static_cast<long long>(vocab), INT32_MAX);
    }
    require_queue(queue);
    require_type(type);
    if (rows == 0) return;
    check_ids(targets, rows, INT32_MIN, vocab, MEMO_CUDA_KERNEL_CROSS_ENTROPY, queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      cross_entropy(static_cast<T *>(logits), targets, loss_sum, rows, vocab, scale, queue);
    });
  });
}
