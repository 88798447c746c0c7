// Gradients of parameters that rows share: blocks write their sums over rows to the workspace, and a second kernel adds
// those in their order. So the result depends on no order in which blocks run.
#pragma once

#include <initializer_list>

#include "device.h"

namespace memo::cuda {

// The number of partial sums, each of `floats` f32: as many as wanted, but for `most` and the room in the scratch.
int64_t partial_rows(int64_t wanted, int64_t most, int64_t floats);

// Throws where the scratch has no room for the partial sums of one block.
void require_summed_cols(NamedCount cols, int num_gradients);

// gradients[g][c] += the sum over parts of partials[part, g, c]; at most two gradients.
void add_partial_sums(const float *partials, int64_t parts, int64_t cols, std::initializer_list<float *> gradients,
                      const memo_cuda_queue *queue);

}  // namespace memo::cuda
