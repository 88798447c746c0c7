// The emulated devices: one unless the environment says otherwise, each like an sm_80 with few multiprocessors.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>

#include "call.h"
#include "device.h"
#include "emulation_control.h"
#include "executor/pool.h"
#include "executor/shared_memory.h"
#include "memory.h"
#include "stream.h"

using memo::emulation::call;

namespace {

constexpr int kVersion = CUDART_VERSION;
constexpr int kKibibyte = 1024;
constexpr int kSharedOptin = static_cast<int>(memo::emulation::SharedMemory::kMaxBytes);
constexpr int kReservedShared = 1 * kKibibyte;
constexpr int kMultiprocessors = 4;
constexpr int kGreatestPriority = -5;
constexpr const char *kName = "CUDA emulation on the CPU (for tests)";
constexpr const char *kBusId = "0000:%02x:00.0";
constexpr int kBusIdLength = 12;
constexpr int kMaxDevices = 64;

thread_local int chosen_device = 0;

// Without one the runtime is there and no GPU.
bool device_exists() { return memo::emulation::device_count() > 0; }

cudaError_t check_device(int device) {
  if (!device_exists()) return cudaErrorNoDevice;
  return device >= 0 && device < memo::emulation::device_count() ? cudaSuccess : cudaErrorInvalidDevice;
}

bool attribute(cudaDeviceAttr name, int *value) {
  switch (name) {
    case cudaDevAttrComputeCapabilityMajor: *value = 8; return true;
    case cudaDevAttrComputeCapabilityMinor: *value = 0; return true;
    case cudaDevAttrMultiProcessorCount: *value = kMultiprocessors; return true;
    case cudaDevAttrWarpSize: *value = 32; return true;
    case cudaDevAttrMaxThreadsPerBlock: *value = 1024; return true;
    case cudaDevAttrMaxBlockDimX:
    case cudaDevAttrMaxBlockDimY: *value = 1024; return true;
    case cudaDevAttrMaxBlockDimZ: *value = 64; return true;
    case cudaDevAttrMaxGridDimX: *value = 0x7FFFFFFF; return true;
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ: *value = 65535; return true;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *value = 2048; return true;
    case cudaDevAttrMaxBlocksPerMultiprocessor: *value = 32; return true;
    case cudaDevAttrMaxRegistersPerBlock:
    case cudaDevAttrMaxRegistersPerMultiprocessor: *value = 65536; return true;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = 48 * kKibibyte; return true;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = kSharedOptin; return true;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *value = kSharedOptin + kReservedShared; return true;
    case cudaDevAttrReservedSharedMemoryPerBlock: *value = kReservedShared; return true;
    case cudaDevAttrL2CacheSize: *value = 1024 * kKibibyte; return true;
    case cudaDevAttrClockRate: *value = 1000000; return true;
    case cudaDevAttrMemoryClockRate: *value = 1000000; return true;
    case cudaDevAttrGlobalMemoryBusWidth: *value = 64; return true;
    case cudaDevAttrAsyncEngineCount: *value = 2; return true;
    case cudaDevAttrHostNumaId: *value = 0; return true;
    case cudaDevAttrNumaId: *value = -1; return true;
    case cudaDevAttrTotalConstantMemory: *value = 64 * kKibibyte; return true;
    case cudaDevAttrMaxPitch: *value = 0x7FFFFFFF; return true;
    case cudaDevAttrTextureAlignment: *value = 512; return true;
    case cudaDevAttrCanMapHostMemory:
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrStreamPrioritiesSupported:
    case cudaDevAttrGlobalL1CacheSupported:
    case cudaDevAttrLocalL1CacheSupported:
    case cudaDevAttrCanUseHostPointerForRegisteredMem:
    case cudaDevAttrHostRegisterSupported: *value = 1; return true;
    case cudaDevAttrPciBusId:
    case cudaDevAttrPciDeviceId:
    case cudaDevAttrPciDomainId:
    case cudaDevAttrGpuPciDeviceId:
    case cudaDevAttrGpuPciSubsystemId:
    case cudaDevAttrKernelExecTimeout:
    case cudaDevAttrIntegrated:
    case cudaDevAttrComputeMode:
    case cudaDevAttrEccEnabled:
    case cudaDevAttrTccDriver:
    case cudaDevAttrManagedMemory:
    case cudaDevAttrHostNativeAtomicSupported:
    case cudaDevAttrPageableMemoryAccess:
    case cudaDevAttrConcurrentManagedAccess:
    case cudaDevAttrCooperativeLaunch:
    case cudaDevAttrPageableMemoryAccessUsesHostPageTables:
    case cudaDevAttrHostRegisterReadOnlySupported:
    case cudaDevAttrMemoryPoolsSupported:
    case cudaDevAttrClusterLaunch:
    case cudaDevAttrNumaConfig: *value = 0; return true;
  }
  return false;
}

int attribute_or_zero(cudaDeviceAttr name) {
  int value = 0;
  attribute(name, &value);
  return value;
}

void describe(cudaDeviceProp *properties) {
  *properties = {};
  snprintf(properties->name, sizeof(properties->name), "%s", kName);
  size_t free = 0;
  memo::emulation::memory().info(&free, &properties->totalGlobalMem);
  properties->sharedMemPerBlock = static_cast<size_t>(attribute_or_zero(cudaDevAttrMaxSharedMemoryPerBlock));
  properties->sharedMemPerBlockOptin = static_cast<size_t>(kSharedOptin);
  properties->sharedMemPerMultiprocessor = static_cast<size_t>(kSharedOptin + kReservedShared);
  properties->reservedSharedMemPerBlock = static_cast<size_t>(kReservedShared);
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->maxThreadsPerMultiProcessor = 2048;
  properties->regsPerBlock = properties->regsPerMultiprocessor = 65536;
  properties->major = 8;
  properties->multiProcessorCount = kMultiprocessors;
  properties->canMapHostMemory = properties->unifiedAddressing = properties->concurrentKernels = 1;
  properties->hostRegisterSupported = properties->canUseHostPointerForRegisteredMem = 1;
  properties->asyncEngineCount = 2;
  properties->memoryBusWidth = attribute_or_zero(cudaDevAttrGlobalMemoryBusWidth);
  properties->l2CacheSize = attribute_or_zero(cudaDevAttrL2CacheSize);
}

template <class T>
cudaError_t answer(T *place, T value) {
  if (place == nullptr) return cudaErrorInvalidValue;
  *place = value;
  return cudaSuccess;
}

}  // namespace

int memo::emulation::device_count() {
  const char *text = getenv("MEMO_CUDA_EMULATION_DEVICES");
  return text == nullptr ? 1 : std::clamp(atoi(text), 0, kMaxDevices);
}

int memo::emulation::current_device() { return chosen_device; }

void memo_emulation_set_seed(uint64_t seed) { memo::emulation::set_seed(seed); }

cudaError_t cudaRuntimeGetVersion(int *version) {
  return call("cudaRuntimeGetVersion", [&] { return answer(version, kVersion); });
}
cudaError_t cudaDriverGetVersion(int *version) {
  return call("cudaDriverGetVersion", [&] { return answer(version, kVersion); });
}
cudaError_t cudaGetDeviceCount(int *count) {
  return call("cudaGetDeviceCount", [&] {
    if (!device_exists()) return cudaErrorNoDevice;
    return answer(count, memo::emulation::device_count());
  });
}
cudaError_t cudaGetDevice(int *device) {
  return call("cudaGetDevice", [&] { return answer(device, chosen_device); });
}
cudaError_t cudaSetDevice(int device) {
  return call("cudaSetDevice", [&] {
    const cudaError_t error = check_device(device);
    if (error == cudaSuccess) chosen_device = device;
    return error;
  });
}
cudaError_t cudaSetDeviceFlags(unsigned int) {
  return call("cudaSetDeviceFlags", [] { return cudaSuccess; });
}
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr name, int device) {
  return call("cudaDeviceGetAttribute", [&] {
    if (const cudaError_t error = check_device(device)) return error;
    return value != nullptr && attribute(name, value) ? cudaSuccess : cudaErrorInvalidValue;
  });
}
cudaError_t cudaDeviceGetPCIBusId(char *text, int length, int device) {
  return call("cudaDeviceGetPCIBusId", [&] {
    if (const cudaError_t error = check_device(device)) return error;
    if (text == nullptr || length <= kBusIdLength) return cudaErrorInvalidValue;
    snprintf(text, static_cast<size_t>(length), kBusId, device);
    return cudaSuccess;
  });
}
cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
  return call("cudaDeviceGetStreamPriorityRange", [&] {
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = kGreatestPriority;
    return cudaSuccess;
  });
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device) {
  return call("cudaGetDeviceProperties", [&] {
    if (const cudaError_t error = check_device(device)) return error;
    if (properties == nullptr) return cudaErrorInvalidValue;
    describe(properties);
    return cudaSuccess;
  });
}
cudaError_t cudaDeviceReset() {
  return call("cudaDeviceReset", [] { return memo::emulation::streams().synchronize_device(); });
}
cudaError_t cudaProfilerStart() {
  return call("cudaProfilerStart", [] { return cudaSuccess; });
}
cudaError_t cudaProfilerStop() {
  return call("cudaProfilerStop", [] { return cudaSuccess; });
}

cudaError_t cudaFuncSetAttribute(const void *function, cudaFuncAttribute, int value) {
  return call("cudaFuncSetAttribute", [&] {
    if (function == nullptr) return cudaErrorInvalidDeviceFunction;
    return value > kSharedOptin ? cudaErrorInvalidValue : cudaSuccess;
  });
}
