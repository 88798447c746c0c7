package org.memo.bindings.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.CudaHeads.Copies;
import org.memo.bindings.cuda.CudaHeads.RankRows;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

/** Heads of two ranks, on a GPU or on the CUDA emulation. */
@Tag("cuda")
class CudaHeadsTest {
  private static final long SIZE_BYTES = 256;

  /** Rank 0 has both heads, rank 1 a copy of the second and one of none. */
  private static final int[] WHOLE_HEADS = {0, 1, 1, -1};

  private final Arena arena = Arena.ofConfined();
  private CudaStreamHandle stream = new CudaStreamHandle(MemorySegment.NULL);
  private DeviceAddress workspace = DeviceAddress.NONE;
  private DeviceAddress rows = DeviceAddress.NONE;
  private DeviceAddress packed = DeviceAddress.NONE;
  private MemorySegment host = MemorySegment.NULL;

  @BeforeEach
  void takeMemory() {
    Optional<String> reason = CudaRuntime.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    stream = CudaStreams.createStream();
    workspace = CudaMemory.allocate("scratch", CudaQueue.workspaceBytes());
    rows = CudaMemory.allocate("rows of all heads", SIZE_BYTES);
    packed = CudaMemory.allocate("rows of the ranks' heads", SIZE_BYTES);
    host = CudaMemory.allocateHost("rows", SIZE_BYTES);
  }

  @AfterEach
  void giveMemoryBack() {
    arena.close();
    if (!packed.equals(DeviceAddress.NONE)) {
      CudaMemory.freeHost(host);
      CudaMemory.free(packed);
      CudaMemory.free(rows);
      CudaMemory.free(workspace);
      CudaStreams.destroy(stream);
    }
  }

  @Test
  void headsGoToRanksAndTheirCopiesAreAddedOnTheWayBack() {
    try (CudaQueue queue = new CudaQueue(stream, workspace, CudaQueue.workspaceBytes())) {
      put(rows, 1, 2, 3, 4);
      RankRows ofRanks = new RankRows(packed, 4, -1, DeviceAddress.NONE);
      CudaHeads.pack(copies(WHOLE_HEADS), rows, ofRanks, 2, queue);
      assertArrayEquals(new float[] {1, 2, 3, 4, 2, 0, 4, 0}, get(packed, 8));
      CudaHeads.unpack(copies(WHOLE_HEADS), ofRanks, rows, 2, queue);
      assertArrayEquals(new float[] {1, 4, 3, 8}, get(rows, 4));
    }
  }

  @Test
  void theRowsOfTheOwnRankLieElsewhere() {
    try (CudaQueue queue = new CudaQueue(stream, workspace, CudaQueue.workspaceBytes())) {
      put(rows, 1, 2, 3, 4);
      put(packed, 0, 0, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0);
      RankRows ofRanks = new RankRows(packed, 4, 1, packed.plus(8 * Float.BYTES));
      CudaHeads.pack(copies(WHOLE_HEADS), rows, ofRanks, 2, queue);
      assertArrayEquals(new float[] {1, 2, 3, 4, 9, 9, 9, 9, 2, 0, 4, 0}, get(packed, 12));
    }
  }

  @Test
  void aRefusedCallSaysItsArguments() {
    try (CudaQueue queue = new CudaQueue(stream, workspace, CudaQueue.workspaceBytes())) {
      RankRows ofRanks = new RankRows(packed, 4, -1, DeviceAddress.NONE);
      NativeCallException e =
          assertThrows(
              NativeCallException.class,
              () -> CudaHeads.pack(copies(0, 1, 2, -1), rows, ofRanks, 2, queue));
      assertSays("whole_heads[2]=2, must be at least -1 and below 2", e);
      assertSays("(type=F32 heads=2 head_dim=1 ranks=2 local_heads=2)", e);
      IllegalArgumentException tooFew =
          assertThrows(
              IllegalArgumentException.class,
              () -> CudaHeads.unpack(copies(0, 1, 1), ofRanks, rows, 2, queue));
      assertSays("wholeHeads needs 16 bytes but has 12", tooFew);
    }
  }

  private Copies copies(int... wholeHeads) {
    MemorySegment inHostMemory = arena.allocateFrom(ValueLayout.JAVA_INT, wholeHeads);
    return new Copies(StorageType.F32, 2, 1, inHostMemory, 2, 2);
  }

  private void put(DeviceAddress to, float... values) {
    MemorySegment bytes = host.asSlice(0, (long) values.length * Float.BYTES);
    bytes.copyFrom(MemorySegment.ofArray(values));
    CudaMemory.copyToDevice(to, bytes, stream);
    CudaStreams.synchronize(stream);
  }

  private float[] get(DeviceAddress from, long count) {
    MemorySegment bytes = host.asSlice(0, count * Float.BYTES);
    CudaMemory.copyToHost(bytes, from, stream);
    CudaStreams.synchronize(stream);
    return bytes.toArray(ValueLayout.JAVA_FLOAT);
  }
}
