package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

@Tag("cuda")
class StreamScratchTest {
  /** A graph that was captured before would otherwise write to where nothing is any more. */
  @Test
  void whoHoldsItsAddressIsToldBeforeItMovesAndOnlyThen() {
    List<String> moves = new ArrayList<>();
    CudaRuntime.setDevice(0);
    try (ClosingStack owned = new ClosingStack()) {
      CudaStreamHandle stream = CudaStreams.createStream();
      owned.own(() -> CudaStreams.destroy(stream));
      StreamScratch scratch =
          new StreamScratch(
              stream, 0, new AllocationCount(), new HostWait(null), () -> moves.add("move"));
      owned.own(scratch::close);
      scratch.atLeast(StreamScratch.BYTES);
      DeviceAddress first = scratch.atLeast(StreamScratch.BYTES + 1);
      assertEquals(first, scratch.atLeast(StreamScratch.BYTES + 1));
      assertEquals(List.of(), moves);
      assertNotEquals(DeviceAddress.NONE, scratch.atLeast(2 * StreamScratch.BYTES));
      assertEquals(List.of("move"), moves);
    }
    assertEquals(1, moves.size());
  }
}
