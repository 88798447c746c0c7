package org.memo.bindings.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.memo.bindings.cuda.generated.MemoCuda;

class CudaFaultTest {
  @Test
  void anIdOutOfRangeIsNamedWithItsPlaceAndWhatTheKernelDoes() {
    CudaFault fault =
        new CudaFault(
            MemoCuda.MEMO_CUDA_FAULT_OUT_OF_RANGE(),
            MemoCuda.MEMO_CUDA_KERNEL_EMBEDDING_FORWARD(),
            12,
            70_000);
    assertEquals("ids[12]=70000 is out of range", fault.message());
    assertEquals("EmbeddingForward", fault.operation());
  }

  @Test
  void aBadSegmentOffsetIsNamedWithWhatIsValid() {
    CudaFault fault =
        new CudaFault(
            MemoCuda.MEMO_CUDA_FAULT_SEGMENTS(),
            MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_BACKWARD(),
            3,
            40);
    assertEquals(
        "segment_offsets[3]=40: offsets ascend from 0 to the number of tokens", fault.message());
    assertEquals("FlashAttentionBackward", fault.operation());
  }

  @Test
  void theKernelsOfRingAttentionAreNamedAsOperations() {
    assertEquals(
        "RingAttentionForward",
        ofKernel(MemoCuda.MEMO_CUDA_KERNEL_RING_ATTENTION_FORWARD()).operation());
    assertEquals(
        "RingAttentionBackward",
        ofKernel(MemoCuda.MEMO_CUDA_KERNEL_RING_ATTENTION_BACKWARD()).operation());
  }

  private static CudaFault ofKernel(int kernel) {
    return new CudaFault(MemoCuda.MEMO_CUDA_FAULT_SEGMENTS(), kernel, 1, 2);
  }
}
