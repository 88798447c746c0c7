package org.memo.bindings.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

/** What kernels make of arguments and data, on a GPU or on the CUDA emulation. */
@Tag("cuda")
class CudaQueueTest {
  private static final long ROWS = 3;
  private static final long COLS = 4;
  private static final long TABLE_ROWS = 5;
  private static final long ROW_BYTES = COLS * Float.BYTES;

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
    data = CudaMemory.allocate("a table, rows and ids", 4096);
    host = CudaMemory.allocateHost("a table, rows and ids", 4096);
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
  void rowsOfATableAreFetched() {
    try (CudaQueue queue = queue()) {
      embed(queue, 4, 0, 2);
      assertEquals(Optional.empty(), queue.takeFault());
      assertArrayEquals(
          new float[] {16, 17, 18, 19, 0, 1, 2, 3, 8, 9, 10, 11},
          host.asSlice(0, ROWS * ROW_BYTES).toArray(JAVA_FLOAT));
    }
  }

  @Test
  void anIdThatIsNotInTheTableIsAFaultOnce() {
    try (CudaQueue queue = queue()) {
      embed(queue, 1, 5, 2);
      CudaFault expected =
          new CudaFault(
              MemoCuda.MEMO_CUDA_FAULT_OUT_OF_RANGE(),
              MemoCuda.MEMO_CUDA_KERNEL_EMBEDDING_FORWARD(),
              1,
              5);
      assertEquals(Optional.of(expected), queue.takeFault());
      assertEquals(Optional.empty(), queue.takeFault());
    }
  }

  @Test
  void argumentsThatNoKernelTakesAreRefusedWithTheirNames() {
    try (CudaQueue queue = queue()) {
      NativeCallException e =
          assertThrows(
              NativeCallException.class,
              () -> CudaNorms.rmsNormForward(StorageType.BF16, data, data, data, -1, 4, 1, queue));
      assertSays("memo_cuda_rms_norm_forward failed: MEMO_INVALID_ARGUMENT (1): ", e);
      assertSays("; type=BF16 rows=-1 cols=4 epsilon=1.0", e);
    }
  }

  @Test
  void aQueueIsClosedOnce() {
    CudaQueue queue = queue();
    queue.close();
    queue.close();
  }

  private CudaQueue queue() {
    return new CudaQueue(stream, workspace, CudaQueue.workspaceBytes());
  }

  /** Fetches three rows of a table that counts from 0, into {@link #host}. */
  private void embed(CudaQueue queue, int... ids) {
    for (int i = 0; i < TABLE_ROWS * COLS; i++) {
      host.setAtIndex(JAVA_FLOAT, i, i);
    }
    MemorySegment hostIds = host.asSlice(1024, ROWS * Integer.BYTES);
    hostIds.copyFrom(MemorySegment.ofArray(ids));
    CudaMemory.copyToDevice(data, host, stream);
    CudaPositions.embeddingForward(
        StorageType.F32,
        data,
        data.plus(1024),
        data.plus(2048),
        ROWS,
        COLS,
        TABLE_ROWS,
        false,
        queue);
    CudaMemory.copyToHost(host.asSlice(0, ROWS * ROW_BYTES), data.plus(2048), stream);
    CudaStreams.synchronize(stream);
  }
}
