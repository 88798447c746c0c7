// The order in which the blocks of a grid take the work, since the GPU starts them by their number.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

#include "problem.h"

namespace memo::flash {

struct WorkItem {
  int64_t row_block;
  int64_t kv_head;
  int64_t head;  // the first of the key/value head's query heads, where an item has them all
};

// Work items are blocks of rows of heads. Under the causal mask their lengths differ, and a grid that ends with a long
// one leaves most of the GPU idle: the longest rows of all heads come first. But where the operands of all heads exceed
// the second-level cache, this goes section by section of heads whose operands fit: the blocks that run at one time
// then read the same rows.
struct WorkOrder {
  int64_t row_blocks;
  int64_t kv_heads;
  int64_t items_per_kv_head;  // of a block of rows: one for each query head, or one for them all
  int64_t heads_per_kv_head;
  int64_t section;  // key/value heads
  bool last_rows_first;

  __host__ __device__ int64_t items() const { return row_blocks * kv_heads * items_per_kv_head; }

  __device__ WorkItem item(int64_t number) const {
    const int64_t first_kv_head = number / (section * items_per_kv_head * row_blocks) * section;
    const int64_t rest = number - first_kv_head * items_per_kv_head * row_blocks;
    const int64_t left = kv_heads - first_kv_head;
    const int64_t at_once = (left < section ? left : section) * items_per_kv_head;
    const int64_t rank = rest / at_once;
    const int64_t inner = rest - rank * at_once;
    const int64_t kv_head = first_kv_head + inner / items_per_kv_head;
    return {last_rows_first ? row_blocks - 1 - rank : rank, kv_head,
            kv_head * heads_per_kv_head + inner % items_per_kv_head};
  }
};

// Of what a second-level cache holds; the smallest of the GPUs meant, A100 and H100, have 40 and 50 MB.
constexpr int64_t kCacheBytes = 24 << 20;

// `operand_bytes`: what the blocks of one key/value head read again and again.
inline WorkOrder work_order(const Shape &shape, int64_t row_blocks, int64_t operand_bytes, bool item_per_head,
                            bool last_rows_first) {
  const int64_t group = shape.heads / shape.kv_heads;
  const int64_t fitting = kCacheBytes / (operand_bytes + 1);
  const int64_t section = fitting < 1 ? 1 : fitting < shape.kv_heads ? fitting : shape.kv_heads;
  return {row_blocks, shape.kv_heads, item_per_head ? group : 1, group, section, last_rows_first};
}

}  // namespace memo::flash
