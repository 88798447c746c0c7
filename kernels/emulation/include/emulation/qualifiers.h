// CUDA's qualifiers as a C++ compiler takes them.
#pragma once

#ifndef MEMO_CUDA_EMULATION
#error "these headers are for the CUDA emulation alone: compile with -DMEMO_CUDA_EMULATION"
#endif

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __grid_constant__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(bytes) __attribute__((aligned(bytes)))

// A block runs on one thread of the operating system, so its threads share what is local to that thread. The executor
// fills all such variables of the kernel's library with 0xFF before each block.
#define __shared__ static thread_local
