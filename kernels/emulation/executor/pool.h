// The threads of the operating system that run blocks.
#pragma once

#include <stdint.h>

#include "block.h"

namespace memo::emulation {

// Runs all blocks of a kernel and answers the first failure; the caller waits.
Failure run_kernel(const Launch &launch);

// Orders of blocks, warps and lanes; 0: the natural ones. Begins as MEMO_CUDA_EMULATION_SEED says.
void set_seed(uint64_t seed);

// For another random order; 0 when the natural ones are asked for.
uint64_t next_seed();

}  // namespace memo::emulation
