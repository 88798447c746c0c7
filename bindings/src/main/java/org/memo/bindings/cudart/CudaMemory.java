package org.memo.bindings.cudart;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.bindings.cudart.generated.CudaRt;
import org.memo.bindings.kernels.HostMemory;

/**
 * Device memory, pinned host memory, and copies between them. A copy is enqueued on a stream and
 * returns at once where the host's side is pinned; whoever frees or reuses either side waits for
 * the stream first.
 */
public final class CudaMemory {
  private CudaMemory() {}

  /** What the current device has. */
  public static CudaMemoryInfo info() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slots = arena.allocate(ValueLayout.JAVA_LONG, 2);
      CudaStatus.check(CudaRt.cudaMemGetInfo(slots, slots.asSlice(8)), "cudaMemGetInfo");
      return new CudaMemoryInfo(
          slots.get(ValueLayout.JAVA_LONG, 0), slots.get(ValueLayout.JAVA_LONG, 8));
    }
  }

  /**
   * Reserves device memory, aligned to 256 bytes. {@link #free} gives it back.
   *
   * @param purpose what it is for, as an error message says it: "the device slab"
   * @throws OutOfDeviceMemoryException where the device cannot give as much
   */
  public static DeviceAddress allocate(String purpose, long sizeBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      int status = CudaRt.cudaMalloc(slot, sizeBytes);
      if (status == CudaRt.cudaErrorMemoryAllocation()) {
        CudaException.clearLastError();
        throw new OutOfDeviceMemoryException(purpose, sizeBytes, info().freeBytes());
      }
      CudaStatus.check(status, "cudaMalloc", "size_bytes", sizeBytes);
      return new DeviceAddress(slot.get(ValueLayout.ADDRESS, 0).address());
    }
  }

  /** Waits for the device's work, then gives memory back. */
  public static void free(DeviceAddress address) {
    CudaStatus.check(CudaRt.cudaFree(address.pointer()), "cudaFree", "address", address);
  }

  /**
   * Reserves pinned host memory that all devices can copy from and to, and that is mapped into the
   * current one. {@link #freeHost} gives it back.
   *
   * @throws OutOfHostMemoryException where the machine cannot pin as much
   */
  public static MemorySegment allocateHost(String purpose, long sizeBytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      int flags = CudaRt.cudaHostAllocPortable() | CudaRt.cudaHostAllocMapped();
      int status = CudaRt.cudaHostAlloc(slot, sizeBytes, flags);
      requireHostMemory(status, purpose, sizeBytes);
      CudaStatus.check(status, "cudaHostAlloc", "size_bytes", sizeBytes);
      return slot.get(ValueLayout.ADDRESS, 0).reinterpret(sizeBytes);
    }
  }

  /** Gives back what {@link #allocateHost} has given. */
  public static void freeHost(MemorySegment memory) {
    CudaStatus.check(CudaRt.cudaFreeHost(memory), "cudaFreeHost", "address", memory.address());
  }

  /**
   * Pins host memory where it lies, for all devices; it takes about a second for 2 to 4 GB. {@link
   * #unregisterHost} ends it, before the memory is given back.
   *
   * @throws OutOfHostMemoryException where the machine cannot pin as much
   */
  public static void registerHost(String purpose, MemorySegment memory) {
    int flags = CudaRt.cudaHostRegisterPortable() | CudaRt.cudaHostRegisterMapped();
    int status = CudaRt.cudaHostRegister(memory, memory.byteSize(), flags);
    requireHostMemory(status, purpose, memory.byteSize());
    CudaStatus.check(status, "cudaHostRegister", "size_bytes", memory.byteSize());
  }

  /** Ends what {@link #registerHost} has begun. */
  public static void unregisterHost(MemorySegment memory) {
    CudaStatus.check(
        CudaRt.cudaHostUnregister(memory), "cudaHostUnregister", "address", memory.address());
  }

  /** Where the current device sees pinned host memory. */
  public static DeviceAddress deviceAddressOf(MemorySegment pinned) {
    return new DeviceAddress(
        CudaStatus.writtenPointer(
                "cudaHostGetDevicePointer",
                slot -> CudaRt.cudaHostGetDevicePointer(slot, pinned, 0))
            .address());
  }

  /** Enqueues a copy of all of {@code source} to the device. */
  public static void copyToDevice(
      DeviceAddress destination, MemorySegment source, CudaStreamHandle stream) {
    copy(destination.pointer(), source, source.byteSize(), CudaRt.cudaMemcpyHostToDevice(), stream);
  }

  /** Enqueues a copy from the device that fills {@code destination}. */
  public static void copyToHost(
      MemorySegment destination, DeviceAddress source, CudaStreamHandle stream) {
    copy(
        destination,
        source.pointer(),
        destination.byteSize(),
        CudaRt.cudaMemcpyDeviceToHost(),
        stream);
  }

  /** Enqueues a copy within the device; the ranges must not overlap. */
  public static void copyOnDevice(
      DeviceAddress destination, DeviceAddress source, long sizeBytes, CudaStreamHandle stream) {
    copy(
        destination.pointer(),
        source.pointer(),
        sizeBytes,
        CudaRt.cudaMemcpyDeviceToDevice(),
        stream);
  }

  /** Enqueues that each of {@code sizeBytes} bytes becomes {@code value}. */
  public static void fill(
      DeviceAddress destination, int value, long sizeBytes, CudaStreamHandle stream) {
    int status = CudaRt.cudaMemsetAsync(destination.pointer(), value, sizeBytes, stream.pointer());
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of(
          "cudaMemsetAsync",
          status,
          "dst value bytes stream",
          destination,
          value,
          sizeBytes,
          stream);
    }
  }

  private static void copy(
      MemorySegment destination,
      MemorySegment source,
      long sizeBytes,
      int kind,
      CudaStreamHandle stream) {
    int status = CudaRt.cudaMemcpyAsync(destination, source, sizeBytes, kind, stream.pointer());
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of(
          "cudaMemcpyAsync",
          status,
          "dst src bytes kind stream",
          new DeviceAddress(destination.address()),
          new DeviceAddress(source.address()),
          sizeBytes,
          kindName(kind),
          stream);
    }
  }

  private static String kindName(int kind) {
    if (kind == CudaRt.cudaMemcpyHostToDevice()) {
      return "H2D";
    }
    return kind == CudaRt.cudaMemcpyDeviceToHost() ? "D2H" : "D2D";
  }

  private static void requireHostMemory(int status, String purpose, long sizeBytes) {
    if (status == CudaRt.cudaErrorMemoryAllocation()) {
      CudaException.clearLastError();
      throw new OutOfHostMemoryException(purpose, sizeBytes, HostMemory.bytesFree());
    }
  }
}
