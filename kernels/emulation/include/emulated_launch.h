// How a kernel is started by the CUDA emulation: the twin of what kernels/cuda/launch.cuh does on a GPU.
#pragma once

#include <cuda_runtime.h>
#include <stddef.h>

#include <tuple>
#include <type_traits>
#include <utility>

#define MEMO_DYNAMIC_SHARED(name) unsigned char *const name = memo_emulation_dynamic_shared()

namespace memo::emulation {

// The same function in every library but each library's own variable: it finds the library's thread-local memory.
__attribute__((visibility("hidden"))) inline void *thread_local_anchor() {
  static thread_local char anchor;
  return &anchor;
}

template <class... Parameters>
struct Call {
  void (*kernel)(Parameters...);
  std::tuple<std::decay_t<Parameters>...> arguments;

  static void run(const void *call) {
    const auto *self = static_cast<const Call *>(call);
    std::apply(self->kernel, self->arguments);
  }
  static void release(void *call) { delete static_cast<Call *>(call); }
};

template <class T>
void append_pointer(const void **pointers, int &count, const T &argument) {
  if constexpr (std::is_pointer_v<T>) {
    if (argument != nullptr) pointers[count++] = argument;
  }
}

}  // namespace memo::emulation

namespace memo::cuda {

template <class... Parameters, class... Arguments>
cudaError_t launch(void (*kernel)(Parameters...), dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                   Arguments... arguments) {
  using Call = emulation::Call<Parameters...>;
  auto *call = new Call{kernel, {static_cast<Parameters>(arguments)...}};
  const void *pointers[sizeof...(Parameters) + 1];
  int num_pointers = 0;
  std::apply([&](const auto &...each) { (emulation::append_pointer(pointers, num_pointers, each), ...); },
             call->arguments);
  emulation::Launch request = {};
  request.grid = grid;
  request.block = block;
  request.shared_bytes = shared_bytes;
  request.kernel = reinterpret_cast<const void *>(kernel);
  request.run = Call::run;
  request.arguments = call;
  request.arguments_bytes = sizeof(Call);
  request.release = Call::release;
  request.thread_local_anchor = emulation::thread_local_anchor;
  request.pointers = pointers;
  request.num_pointers = num_pointers;
  return static_cast<cudaError_t>(memo_emulation_launch(&request, stream));
}

}  // namespace memo::cuda
