// How a kernel is started and gets dynamic shared memory: on a GPU, or by the CUDA emulation that the tests use.
//
// Kernels start by launch(kernel, grid, block, shared_bytes, stream, arguments...) alone, which answers the runtime's
// error. Arguments are passed by value and converted to the kernel's parameters. A kernel has its dynamic shared memory,
// of any size that the device allows, by naming it: MEMO_DYNAMIC_SHARED(bytes) declares `unsigned char *bytes` or an
// array of unsigned char, aligned to 128 bytes.
#pragma once

#include <cuda_runtime.h>
#include <stddef.h>

#ifdef MEMO_CUDA_EMULATION

// Defines MEMO_DYNAMIC_SHARED and memo::cuda::launch as below.
#include "emulated_launch.h"

#else

#define MEMO_DYNAMIC_SHARED(name) extern __shared__ __align__(128) unsigned char name[]

namespace memo::cuda {

// What a kernel may have without asking.
constexpr size_t kDefaultSharedBytes = 48 * 1024;

template <class... Parameters, class... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                   Arguments... arguments) {
  if (shared_bytes > kDefaultSharedBytes) {
    const cudaError_t error = cudaFuncSetAttribute(reinterpret_cast<const void *>(kernel),
                                                   cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                   static_cast<int>(shared_bytes));
    if (error != cudaSuccess) return error;
  }
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
}

}  // namespace memo::cuda

#endif
