// The emulated runtime's functions for memory, copies, streams, events and kernels.
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <mutex>

#include "call.h"
#include "emulation/executor_api.h"
#include "emulation_control.h"
#include "executor/faults.h"
#include "executor/pool.h"
#include "executor/symbols.h"
#include "memory.h"
#include "stream.h"

using memo::emulation::Allocation;
using memo::emulation::call;
using memo::emulation::Kind;
using memo::emulation::Launch;
using memo::emulation::memory;
using memo::emulation::streams;
using memo::emulation::Work;

namespace {

// The memory that work may still use is not taken from it.
cudaError_t release(Kind kind, void *address) {
  if (const cudaError_t refused = streams().refuse_while_capturing()) return refused;
  const cudaError_t error = streams().synchronize_device();
  const cudaError_t released = memory().release(kind, address);
  return error != cudaSuccess ? error : released;
}

bool is_device(const void *address) {
  Allocation allocation;
  return memory().find(address, &allocation) && allocation.kind == Kind::kDevice;
}

// Device memory and pinned memory are seen by both sides; other memory by the host alone.
bool usable(const void *address, size_t bytes, bool as_device) {
  Allocation allocation;
  if (!memory().find(address, &allocation)) return !as_device;
  return as_device == (allocation.kind == Kind::kDevice) && memory().contains(address, bytes);
}

cudaError_t check_copy(const void *target, const void *source, size_t bytes, cudaMemcpyKind kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDefault) return cudaErrorInvalidMemcpyDirection;
  if (bytes == 0) return cudaSuccess;
  const bool inferred = kind == cudaMemcpyDefault;
  const bool to_device =
      inferred ? is_device(target) : kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool of_device =
      inferred ? is_device(source) : kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  const bool fits = target != nullptr && source != nullptr && usable(target, bytes, to_device) &&
                    usable(source, bytes, of_device);
  return fits ? cudaSuccess : cudaErrorInvalidValue;
}

bool pageable(const void *address) {
  Allocation allocation;
  return !memory().find(address, &allocation);
}

// Pageable memory is read before the call returns, and written before it returns, as the real runtime does.
cudaError_t copy(void *target, const void *source, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  if (const cudaError_t error = check_copy(target, source, bytes, kind)) return error;
  if (bytes == 0) return cudaSuccess;
  std::shared_ptr<char[]> staged;
  if (pageable(source)) {
    staged.reset(new char[bytes]);
    memcpy(staged.get(), source, bytes);
    source = staged.get();
  }
  const cudaError_t error = streams().submit(stream, {"copy", [=] {
                                                        static_cast<void>(staged);  // lives until then
                                                        memmove(target, source, bytes);
                                                        return cudaSuccess;
                                                      }});
  if (error != cudaSuccess || !pageable(target)) return error;
  return streams().synchronize(stream);
}

cudaError_t fill(void *target, int value, size_t bytes, cudaStream_t stream) {
  if (bytes == 0) return cudaSuccess;
  if (!memory().contains(target, bytes)) return cudaErrorInvalidValue;
  return streams().submit(stream, {"memset", [=] {
                                     memset(target, value, bytes);
                                     return cudaSuccess;
                                   }});
}

struct OwnedLaunch {
  Launch launch;
  std::vector<const void *> pointers;

  explicit OwnedLaunch(const Launch &given)
      : launch(given), pointers(given.pointers, given.pointers + given.num_pointers) {}
  OwnedLaunch(const OwnedLaunch &) = delete;
  ~OwnedLaunch() { launch.release(launch.arguments); }
};

void prepare_executor() {
  static std::once_flag once;
  std::call_once(once, [] {
    const auto describe = [](const void *address) { return memory().describe(address); };
    memo::emulation::install_fault_handlers(describe);
    memo::emulation::set_memory_map({[](const void *address, const void **begin, size_t *bytes) {
                                       Allocation allocation;
                                       if (!memory().find(address, &allocation)) return false;
                                       *begin = reinterpret_cast<const void *>(allocation.begin);
                                       *bytes = allocation.bytes;
                                       return true;
                                     },
                                     describe});
  });
}

cudaError_t check_configuration(const Launch &launch) {
  const dim3 &grid = launch.grid, &block = launch.block;
  const bool empty = grid.x == 0 || grid.y == 0 || grid.z == 0 || block.x == 0 || block.y == 0 || block.z == 0;
  const bool large_grid = grid.x > 0x7FFFFFFFu || grid.y > 65535 || grid.z > 65535;
  const bool large_block = block.x > 1024 || block.y > 1024 || block.z > 64 ||
                           static_cast<uint64_t>(block.x) * block.y * block.z > 1024;
  if (empty || large_grid || large_block) return cudaErrorInvalidConfiguration;
  if (launch.shared_bytes > memo::emulation::SharedMemory::kMaxBytes) return cudaErrorInvalidValue;
  return cudaSuccess;
}

cudaError_t run_launch(const OwnedLaunch &owned) {
  for (const void *pointer : owned.pointers) {
    Allocation allocation;
    if (memory().find(pointer, &allocation, true)) continue;
    memo::emulation::fail_context(cudaErrorIllegalAddress,
                                  "kernel " + memo::emulation::name_of_function(owned.launch.kernel) +
                                      " was given a pointer to " + memory().describe(pointer));
    return cudaErrorIllegalAddress;
  }
  const auto failure = memo::emulation::run_kernel(owned.launch);
  if (failure.error == 0) return cudaSuccess;
  const auto error = static_cast<cudaError_t>(failure.error);
  memo::emulation::fail_context(error, failure.text);
  return error;
}

}  // namespace

int memo_emulation_launch(const Launch *launch, void *stream) {
  auto owned = std::make_shared<OwnedLaunch>(*launch);
  return call("cudaLaunchKernel", [&] {
    prepare_executor();
    if (const cudaError_t error = check_configuration(owned->launch)) return error;
    return streams().submit(static_cast<cudaStream_t>(stream), {"kernel", [owned] { return run_launch(*owned); }});
  });
}

int memo_emulation_enqueue(void *stream, const char *name, int (*run)(void *), void (*release)(void *), void *work) {
  std::shared_ptr<void> owned(work, release);
  return call("memo_emulation_enqueue", [&] {
    Work on_stream{name, [run, owned] { return static_cast<cudaError_t>(run(owned.get())); }};
    return streams().submit(static_cast<cudaStream_t>(stream), std::move(on_stream));
  });
}

cudaError_t cudaMalloc(void **address, size_t bytes) {
  return call("cudaMalloc", [&] {
    if (const cudaError_t refused = streams().refuse_while_capturing()) return refused;
    return memory().allocate(Kind::kDevice, bytes, address);
  });
}
cudaError_t cudaFree(void *address) {
  return call("cudaFree", [&] { return release(Kind::kDevice, address); });
}
cudaError_t cudaHostAlloc(void **address, size_t bytes, unsigned int flags) {
  return call("cudaHostAlloc", [&] {
    if (flags > 7) return cudaErrorInvalidValue;
    if (const cudaError_t refused = streams().refuse_while_capturing()) return refused;
    return memory().allocate(Kind::kPinned, bytes, address);
  });
}
cudaError_t cudaFreeHost(void *address) {
  return call("cudaFreeHost", [&] { return release(Kind::kPinned, address); });
}
cudaError_t cudaHostRegister(void *address, size_t bytes, unsigned int flags) {
  return call("cudaHostRegister", [&] {
    if (flags > 15) return cudaErrorInvalidValue;
    if (const cudaError_t refused = streams().refuse_while_capturing()) return refused;
    return memory().register_host(address, bytes);
  });
}
cudaError_t cudaHostUnregister(void *address) {
  return call("cudaHostUnregister", [&] {
    if (const cudaError_t refused = streams().refuse_while_capturing()) return refused;
    if (const cudaError_t error = streams().synchronize_device()) return error;
    return memory().unregister_host(address);
  });
}
cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned int flags) {
  return call("cudaHostGetDevicePointer", [&] {
    Allocation allocation;
    if (device == nullptr || flags != 0) return cudaErrorInvalidValue;
    if (!memory().find(host, &allocation) || allocation.kind == Kind::kDevice) return cudaErrorInvalidValue;
    *device = host;
    return cudaSuccess;
  });
}
cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
  return call("cudaMemGetInfo", [&] {
    if (free == nullptr || total == nullptr) return cudaErrorInvalidValue;
    memory().info(free, total);
    return cudaSuccess;
  });
}
cudaError_t cudaPointerGetAttributes(cudaPointerAttributes *attributes, const void *address) {
  return call("cudaPointerGetAttributes", [&] {
    if (attributes == nullptr || address == nullptr) return cudaErrorInvalidValue;
    *attributes = {};
    auto *pointer = const_cast<void *>(address);
    Allocation allocation;
    if (!memory().find(address, &allocation)) {
      attributes->device = -2;
      attributes->hostPointer = pointer;
      return cudaSuccess;
    }
    const bool device = allocation.kind == Kind::kDevice;
    attributes->type = device ? cudaMemoryTypeDevice : cudaMemoryTypeHost;
    attributes->devicePointer = pointer;
    attributes->hostPointer = device ? nullptr : pointer;
    return cudaSuccess;
  });
}

cudaError_t cudaMemcpyAsync(void *target, const void *source, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  return call("cudaMemcpyAsync", [&] { return copy(target, source, bytes, kind, stream); });
}
cudaError_t cudaMemcpy(void *target, const void *source, size_t bytes, cudaMemcpyKind kind) {
  return call("cudaMemcpy", [&] {
    const cudaError_t error = copy(target, source, bytes, kind, nullptr);
    return error != cudaSuccess ? error : streams().synchronize(nullptr);
  });
}
cudaError_t cudaMemsetAsync(void *target, int value, size_t bytes, cudaStream_t stream) {
  return call("cudaMemsetAsync", [&] { return fill(target, value, bytes, stream); });
}
cudaError_t cudaMemset(void *target, int value, size_t bytes) {
  return call("cudaMemset", [&] { return fill(target, value, bytes, nullptr); });
}

cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned int flags, int priority) {
  return call("cudaStreamCreateWithPriority", [&] { return streams().create(flags, priority, stream); });
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned int flags) {
  return call("cudaStreamCreateWithFlags", [&] { return streams().create(flags, 0, stream); });
}
cudaError_t cudaStreamCreate(cudaStream_t *stream) {
  return call("cudaStreamCreate", [&] { return streams().create(cudaStreamDefault, 0, stream); });
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call("cudaStreamDestroy",
              [&] { return streams().destroy(reinterpret_cast<memo::emulation::Stream *>(stream)); });
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return call("cudaStreamSynchronize", [&] { return streams().synchronize(stream); });
}
cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return call("cudaStreamQuery", [&] { return streams().query(stream); });
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned int flags) {
  return call("cudaStreamWaitEvent",
              [&] { return flags != 0 ? cudaErrorInvalidValue : streams().wait_for(stream, event); });
}
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *data) {
  return call("cudaLaunchHostFunc", [&] {
    if (function == nullptr) return cudaErrorInvalidValue;
    return streams().submit(stream, {"host function", [=] {
                                       function(data);
                                       return cudaSuccess;
                                     }});
  });
}
cudaError_t cudaDeviceSynchronize() {
  return call("cudaDeviceSynchronize", [&] { return streams().synchronize_device(); });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned int flags) {
  return call("cudaEventCreateWithFlags", [&] { return streams().create_event(flags, event); });
}
cudaError_t cudaEventCreate(cudaEvent_t *event) {
  return call("cudaEventCreate", [&] { return streams().create_event(cudaEventDefault, event); });
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return call("cudaEventDestroy", [&] { return streams().destroy(reinterpret_cast<memo::emulation::Event *>(event)); });
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call("cudaEventRecord", [&] { return streams().record(event, stream); });
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call("cudaEventSynchronize", [&] { return streams().synchronize_event(event); });
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  return call("cudaEventQuery", [&] { return streams().query_event(event); });
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call("cudaEventElapsedTime", [&] { return streams().elapsed(milliseconds, start, end); });
}
