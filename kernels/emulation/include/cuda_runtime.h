// The CUDA emulation's own cuda_runtime.h: device code as a C++ compiler takes it, and the part of the runtime in use.
#pragma once

#include "cuda_runtime_api.h"
#include "emulation/arithmetic.h"
#include "emulation/atomics.h"
#include "emulation/executor_api.h"
#include "emulation/qualifiers.h"
#include "emulation/synchronization.h"
#include "emulation/vectors.h"

template <class T>
inline cudaError_t cudaMalloc(T **address, size_t bytes) {
  return cudaMalloc(reinterpret_cast<void **>(address), bytes);
}
template <class T>
inline cudaError_t cudaHostAlloc(T **address, size_t bytes, unsigned int flags) {
  return cudaHostAlloc(reinterpret_cast<void **>(address), bytes, flags);
}
