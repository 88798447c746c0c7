package org.memo.bindings.cuda;

import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.DeviceAddress;

/** Copies and fills within the device, by kernels. */
public final class CudaTransfers {
  private CudaTransfers() {}

  /** Copies; the ranges must not overlap. */
  public static void copy(
      DeviceAddress destination, DeviceAddress source, long sizeBytes, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_copy(
            destination.pointer(), source.pointer(), sizeBytes, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_copy", status, "size_bytes", sizeBytes);
    }
  }

  /** Fills with zero bytes. */
  public static void zero(DeviceAddress destination, long sizeBytes, CudaQueue queue) {
    int status = MemoCuda.memo_cuda_zero(destination.pointer(), sizeBytes, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_zero", status, "size_bytes", sizeBytes);
    }
  }

  /** destination = source rounded to the type, n elements; source is f32. */
  public static void cast(
      StorageType type, DeviceAddress source, DeviceAddress destination, long n, CudaQueue queue) {
    int status =
        MemoCuda.memo_cuda_cast(
            type.code(), source.pointer(), destination.pointer(), n, queue.pointer());
    if (status != MemoCuda.MEMO_OK()) {
      throw CudaKernelStatus.failure("memo_cuda_cast", status, "type n", type, n);
    }
  }
}
