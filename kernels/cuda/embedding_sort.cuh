// The tokens of a chunk in the order of their ids, which the embedding's gradient is summed in.
#pragma once

#include "device.h"
#include "sums.cuh"

namespace memo::cuda {

constexpr int64_t kChunkTokens = int64_t{1} << 20;
constexpr int kTileTokens = 2048;  // of a block of the sort
constexpr int kMostDigits = 256;   // values of a digit

// How the scratch is divided.
struct EmbeddingScratch {
  int32_t *ids[2];
  int32_t *tokens[2];
  int32_t *counts;  // [digits, tiles]
  float *partials;
  int64_t num_partials;

  explicit EmbeddingScratch(const memo_cuda_queue *queue) {
    int32_t *memory = scratch_of<int32_t>(queue);
    for (int i = 0; i < 2; i++) {
      ids[i] = memory + 2 * i * kChunkTokens;
      tokens[i] = memory + (2 * i + 1) * kChunkTokens;
    }
    counts = memory + 4 * kChunkTokens;
    constexpr int64_t kCounts = kMostDigits * (kChunkTokens / kTileTokens);
    partials = reinterpret_cast<float *>(counts + kCounts);
    num_partials = kScratchBytes / static_cast<int64_t>(sizeof(float)) - 4 * kChunkTokens - kCounts;
  }
};

// Enqueues a stable sort of n <= kChunkTokens tokens 0 to n - 1 by their ids, which are below table_rows; others land
// anywhere. Answers where the sorted ids and tokens will be.
void sort_tokens(const int32_t *ids, int64_t n, int64_t table_rows, const EmbeddingScratch &scratch,
                 const int32_t **sorted_ids, const int32_t **sorted_tokens, const memo_cuda_queue *queue);

}  // namespace memo::cuda
