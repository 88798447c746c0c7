package org.memo.bindings.cudart;

import org.memo.bindings.cudart.generated.CudaRt;

/** Numbers about a GPU. */
public enum DeviceAttribute {
  COMPUTE_CAPABILITY_MAJOR(CudaRt.cudaDevAttrComputeCapabilityMajor()),
  COMPUTE_CAPABILITY_MINOR(CudaRt.cudaDevAttrComputeCapabilityMinor()),
  MULTIPROCESSORS(CudaRt.cudaDevAttrMultiProcessorCount()),
  CLOCK_KHZ(CudaRt.cudaDevAttrClockRate()),
  MEMORY_CLOCK_KHZ(CudaRt.cudaDevAttrMemoryClockRate()),
  MEMORY_BUS_BITS(CudaRt.cudaDevAttrGlobalMemoryBusWidth()),
  L2_CACHE_BYTES(CudaRt.cudaDevAttrL2CacheSize()),
  COPY_ENGINES(CudaRt.cudaDevAttrAsyncEngineCount()),
  WARP_SIZE(CudaRt.cudaDevAttrWarpSize()),
  MAX_THREADS_PER_BLOCK(CudaRt.cudaDevAttrMaxThreadsPerBlock()),
  MAX_THREADS_PER_MULTIPROCESSOR(CudaRt.cudaDevAttrMaxThreadsPerMultiProcessor()),
  MAX_BLOCKS_PER_MULTIPROCESSOR(CudaRt.cudaDevAttrMaxBlocksPerMultiprocessor()),
  REGISTERS_PER_BLOCK(CudaRt.cudaDevAttrMaxRegistersPerBlock()),
  REGISTERS_PER_MULTIPROCESSOR(CudaRt.cudaDevAttrMaxRegistersPerMultiprocessor()),
  SHARED_BYTES_PER_BLOCK(CudaRt.cudaDevAttrMaxSharedMemoryPerBlock()),
  SHARED_BYTES_PER_BLOCK_OPT_IN(CudaRt.cudaDevAttrMaxSharedMemoryPerBlockOptin()),
  RESERVED_SHARED_BYTES_PER_BLOCK(CudaRt.cudaDevAttrReservedSharedMemoryPerBlock()),
  SHARED_BYTES_PER_MULTIPROCESSOR(CudaRt.cudaDevAttrMaxSharedMemoryPerMultiprocessor()),
  PCI_DOMAIN(CudaRt.cudaDevAttrPciDomainId()),
  PCI_BUS(CudaRt.cudaDevAttrPciBusId()),
  PCI_DEVICE(CudaRt.cudaDevAttrPciDeviceId()),
  HOST_NUMA_NODE(CudaRt.cudaDevAttrHostNumaId()),
  UNIFIED_ADDRESSING(CudaRt.cudaDevAttrUnifiedAddressing()),
  HOST_REGISTER_SUPPORTED(CudaRt.cudaDevAttrHostRegisterSupported()),
  ECC_ENABLED(CudaRt.cudaDevAttrEccEnabled());

  private final int code;

  DeviceAttribute(int code) {
    this.code = code;
  }

  /** The {@code cudaDeviceAttr}. */
  int code() {
    return code;
  }
}
