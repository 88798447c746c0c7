package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.ZeroFill;

@Tag("cuda")
class UrgentStreamTest {
  private static final String CREATION = "cudaStreamCreateWithPriority";
  private static final DeviceRegion REGION = new DeviceRegion(0, 16);

  @BeforeEach
  void useTheEmulation() {
    CudaEmulation.assume();
  }

  @Test
  void onlyAnUrgentStreamComesBeforeOthers() {
    try (CudaDevice device = CudaDevice.open(0, 1 << 20, 0)) {
      long before = CudaEmulation.calls(CREATION);
      device.createStream("compute");
      assertEquals(before, CudaEmulation.calls(CREATION));
      Stream urgent = device.createUrgentStream("ring");
      assertEquals(before + 1, CudaEmulation.calls(CREATION));
      device.upload(MemorySegment.ofArray(new int[] {1, 2, 3, 4}), REGION);
      urgent.submit(new ZeroFill(REGION));
      urgent.synchronize();
      int[] filled = {9, 9, 9, 9};
      device.download(REGION, MemorySegment.ofArray(filled));
      assertArrayEquals(new int[4], filled);
    }
  }
}
