package org.memo.bindings.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cuda.CudaSegments.Pass;
import org.memo.bindings.cuda.CudaSegments.RaggedBatch;
import org.memo.bindings.cuda.CudaSegments.Segments;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

/** Tables of segments, on a GPU or on the CUDA emulation. */
@Tag("cuda")
class CudaSegmentsTest {
  private static final long TABLE_BYTES = 256;
  private static final long SIZE_BYTES = 5 * TABLE_BYTES;

  /** Of which two are given. */
  private static final int SEGMENTS = 4;

  private CudaStreamHandle stream = new CudaStreamHandle(MemorySegment.NULL);
  private DeviceAddress workspace = DeviceAddress.NONE;
  private DeviceAddress data = DeviceAddress.NONE;
  private MemorySegment host = MemorySegment.NULL;

  @BeforeEach
  void takeMemory() {
    Optional<String> reason = CudaRuntime.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    stream = CudaStreams.createStream();
    workspace = CudaMemory.allocate("scratch", CudaQueue.workspaceBytes());
    data = CudaMemory.allocate("offsets and tables", SIZE_BYTES);
    host = CudaMemory.allocateHost("offsets and tables", SIZE_BYTES);
  }

  @AfterEach
  void giveMemoryBack() {
    if (!data.equals(DeviceAddress.NONE)) {
      CudaMemory.freeHost(host);
      CudaMemory.free(data);
      CudaMemory.free(workspace);
      CudaStreams.destroy(stream);
    }
  }

  @Test
  void eachTableIsFilledInItsOwnUnits() {
    try (CudaQueue queue = new CudaQueue(stream, workspace, CudaQueue.workspaceBytes())) {
      run(queue, 0, 3, 7);
      assertArrayEquals(new long[] {0, 3, 7, 7, 7}, starts(1));
      assertArrayEquals(new long[] {0, 300, 700, 700, 700}, starts(2));
      assertArrayEquals(new long[] {0, 30, 70, 70, 70}, starts(3));
      assertArrayEquals(
          new int[] {3, 4, 0, 0},
          host.asSlice(4 * TABLE_BYTES, SEGMENTS * Integer.BYTES).toArray(ValueLayout.JAVA_INT));
      assertEquals(Optional.empty(), queue.takeFault());
    }
  }

  @Test
  void offsetsThatAreBadAreSaidAndLeaveNoTokens() {
    try (CudaQueue queue = new CudaQueue(stream, workspace, CudaQueue.workspaceBytes())) {
      run(queue, 0, 8, 7);
      CudaFault fault =
          new CudaFault(
              MemoCuda.MEMO_CUDA_FAULT_SEGMENTS(),
              MemoCuda.MEMO_CUDA_KERNEL_ATTENTION_BACKWARD(),
              2,
              7);
      assertEquals(Optional.of(fault), queue.takeFault());
      assertArrayEquals(new long[SEGMENTS + 1], starts(2));
    }
  }

  @Test
  void aRefusedCallSaysItsArguments() {
    try (CudaQueue queue = new CudaQueue(stream, workspace, CudaQueue.workspaceBytes())) {
      NativeCallException e =
          assertThrows(
              NativeCallException.class,
              () ->
                  CudaSegments.ragged(
                      new Segments(data, SEGMENTS + 1, 7, 100, 10), tables(), Pass.FORWARD, queue));
      assertSays("memo_cuda_ragged_segments: padded_segments=4, must be at least 5", e);
    }
  }

  private void run(CudaQueue queue, long... offsets) {
    MemorySegment.copy(offsets, 0, host, ValueLayout.JAVA_LONG, 0, offsets.length);
    CudaMemory.copyToDevice(data, host, stream);
    Segments from = new Segments(data, offsets.length - 1, 7, 100, 10);
    CudaSegments.ragged(from, tables(), Pass.BACKWARD, queue);
    CudaMemory.copyToHost(host, data, stream);
    CudaStreams.synchronize(stream);
  }

  private RaggedBatch tables() {
    return new RaggedBatch(
        SEGMENTS,
        data.plus(TABLE_BYTES),
        data.plus(2 * TABLE_BYTES),
        data.plus(3 * TABLE_BYTES),
        data.plus(4 * TABLE_BYTES));
  }

  private long[] starts(int table) {
    long bytes = (SEGMENTS + 1) * Long.BYTES;
    return host.asSlice(table * TABLE_BYTES, bytes).toArray(ValueLayout.JAVA_LONG);
  }
}
