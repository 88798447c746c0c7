// A radix sort from the lowest digit: each pass counts the digits of every tile, finds where each tile's tokens of each
// digit go, and puts them there in their order. Integer counts and ranks only: the result is the same in whatever order
// blocks run.
#include "embedding_sort.cuh"

#include "launch.cuh"

namespace memo::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kRounds = kTileTokens / kThreads;  // a warp has this many times 32 tokens that follow each other
constexpr int kScanThreads = 1024;

struct Digit {
  int shift;
  int bits;
  __device__ int values() const { return 1 << bits; }
  __device__ int of(int32_t id) const {
    return static_cast<int>(static_cast<uint32_t>(id) >> shift) & (values() - 1);
  }
};

__global__ void __launch_bounds__(kThreads)
    count_digits_kernel(const int32_t *ids, int64_t n, Digit digit, int32_t *counts) {
  __shared__ int32_t of_tile[kMostDigits];
  const int thread = static_cast<int>(threadIdx.x);
  of_tile[thread] = 0;
  __syncthreads();
  const int64_t begin = static_cast<int64_t>(blockIdx.x) * kTileTokens;
#pragma unroll
  for (int round = 0; round < kRounds; round++) {
    const int64_t at = begin + round * kThreads + threadIdx.x;
    if (at < n) atomicAdd(&of_tile[digit.of(ids[at])], 1);
  }
  __syncthreads();
  if (thread < digit.values()) counts[static_cast<int64_t>(thread) * gridDim.x + blockIdx.x] = of_tile[thread];
}

// counts[i] becomes the sum of those before it. One block.
__global__ void __launch_bounds__(kScanThreads) scan_kernel(int32_t *counts, int n) {
  __shared__ int32_t of_warps[kScanThreads / 32];
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int warp = static_cast<int>(threadIdx.x / 32);
  const int share = (n + kScanThreads - 1) / kScanThreads;
  const int begin = static_cast<int>(threadIdx.x) * share;
  const int end = begin + share < n ? begin + share : n;
  int32_t own = 0;
#pragma unroll 8
  for (int i = begin; i < end; i++) own += counts[i];
  int32_t up_to_here = own;
  for (int distance = 1; distance < 32; distance *= 2) {
    const int32_t lower = __shfl_up_sync(kAllLanes, up_to_here, distance);
    if (lane >= distance) up_to_here += lower;
  }
  if (lane == 31) of_warps[warp] = up_to_here;
  __syncthreads();
  int32_t before = up_to_here - own;
  for (int i = 0; i < warp; i++) before += of_warps[i];
  for (int i = begin; i < end; i++) {
    const int32_t count = counts[i];
    counts[i] = before;
    before += count;
  }
}

// `tokens` is null in the first pass: they are in their order.
__global__ void __launch_bounds__(kThreads)
    move_tokens_kernel(const int32_t *ids, const int32_t *tokens, int64_t n, Digit digit, const int32_t *offsets,
                       int32_t *moved_ids, int32_t *moved_tokens) {
  __shared__ int32_t next[kWarps][kMostDigits];  // first the warps' counts, then where their next token goes
  const int thread = static_cast<int>(threadIdx.x);
  const int lane = thread % 32;
  const int warp = thread / 32;
  for (int i = 0; i < kWarps; i++) next[i][thread] = 0;
  __syncthreads();

  const int64_t begin = static_cast<int64_t>(blockIdx.x) * kTileTokens + warp * kRounds * 32;
  int32_t own_ids[kRounds];
  unsigned peers[kRounds];  // the lanes with the same digit; none of a lane beyond n
#pragma unroll
  for (int round = 0; round < kRounds; round++) {
    const int64_t at = begin + round * 32 + lane;
    own_ids[round] = at < n ? ids[at] : 0;
    const int value = digit.of(own_ids[round]);
    unsigned same = __ballot_sync(kAllLanes, at < n);
    for (int bit = 0; bit < digit.bits; bit++) {
      const unsigned ones = __ballot_sync(kAllLanes, value >> bit & 1);
      same &= (value >> bit & 1) != 0 ? ones : ~ones;
    }
    peers[round] = at < n ? same : 0;
    if (peers[round] != 0 && lane == __ffs(static_cast<int>(same)) - 1) next[warp][value] += __popc(same);
    __syncwarp();
  }
  __syncthreads();

  if (thread < digit.values()) {
    int32_t offset = offsets[static_cast<int64_t>(thread) * gridDim.x + blockIdx.x];
    for (int i = 0; i < kWarps; i++) {
      const int32_t count = next[i][thread];
      next[i][thread] = offset;
      offset += count;
    }
  }
  __syncthreads();

#pragma unroll
  for (int round = 0; round < kRounds; round++) {
    const int64_t at = begin + round * 32 + lane;
    const int value = digit.of(own_ids[round]);
    const unsigned lower_peers = peers[round] & ((1u << lane) - 1);
    const int32_t to = next[warp][value] + __popc(lower_peers);
    __syncwarp();
    if (peers[round] != 0) {
      if (lower_peers == 0) next[warp][value] += __popc(peers[round]);
      moved_ids[to] = own_ids[round];
      moved_tokens[to] = tokens == nullptr ? static_cast<int32_t>(at) : tokens[at];
    }
    __syncwarp();
  }
}

int bits_of(int64_t table_rows) {
  int bits = 1;
  while (bits < 31 && (int64_t{1} << bits) < table_rows) bits++;
  return bits;
}

}  // namespace

void sort_tokens(const int32_t *ids, int64_t n, int64_t table_rows, const EmbeddingScratch &scratch,
                 const int32_t **sorted_ids, const int32_t **sorted_tokens, const memo_cuda_queue *queue) {
  static_assert(kThreads == kMostDigits, "a thread for each digit");
  const int bits = bits_of(table_rows);
  const int passes = ceil_div(bits, 8);
  const int bits_of_pass = ceil_div(bits, passes);
  const unsigned tiles = static_cast<unsigned>(ceil_div<int64_t>(n, kTileTokens));
  const cudaStream_t stream = stream_of(queue);
  const int32_t *from_ids = ids;
  const int32_t *from_tokens = nullptr;
  for (int pass = 0; pass < passes; pass++) {
    const Digit digit = {pass * bits_of_pass, bits_of_pass};
    int32_t *to_ids = scratch.ids[pass % 2];
    int32_t *to_tokens = scratch.tokens[pass % 2];
    check(launch(count_digits_kernel, tiles, kThreads, 0, stream, from_ids, n, digit, scratch.counts),
          "launch of count_digits");
    const int counts = static_cast<int>(tiles) << bits_of_pass;
    check(launch(scan_kernel, 1, kScanThreads, 0, stream, scratch.counts, counts), "launch of scan");
    check(launch(move_tokens_kernel, tiles, kThreads, 0, stream, from_ids, from_tokens, n, digit, scratch.counts,
                 to_ids, to_tokens),
          "launch of move_tokens");
    from_ids = to_ids;
    from_tokens = to_tokens;
  }
  *sorted_ids = from_ids;
  *sorted_tokens = from_tokens;
}

}  // namespace memo::cuda
