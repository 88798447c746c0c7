package org.memo.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceException;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.device.host.HostDevice;
import org.memo.op.ZeroFill;

class ActivationSwapperTest {
  private static final long SLOT_BYTES = 4096;

  private final HostDevice device = new HostDevice(2 * SLOT_BYTES, SLOT_BYTES, 1);
  private final Stream compute = device.createStream("compute");
  private final ActivationSwapper swapper =
      new ActivationSwapper(
          compute, device.createStream("offload"), device.createStream("prefetch"));
  private final RoundingSlot slot =
      RoundingSlot.create(device, "slot", new DeviceRegion(0, SLOT_BYTES));

  @AfterEach
  void close() {
    device.close();
  }

  @Test
  void whatLeavesASlotComesBack() {
    HostRegion host = device.pool().allocate("content", SLOT_BYTES);
    byte[] content = new byte[(int) SLOT_BYTES];
    content[7] = 42;
    device.upload(MemorySegment.ofArray(content), slot.region());
    swapper.offload(slot, slot.region(), host);
    swapper.beforeWrite(slot);
    compute.submit(new ZeroFill(slot.region()));
    swapper.release(slot);
    swapper.prefetch(slot, host, slot.region());
    swapper.beforeRead(slot);
    compute.synchronize();
    byte[] back = new byte[(int) SLOT_BYTES];
    device.download(slot.region(), MemorySegment.ofArray(back));
    assertEquals(42, back[7]);
    assertEquals(SLOT_BYTES, swapper.offloadedBytes());
  }

  @Test
  void aCopyThatFailsSurfacesThoughTheComputationGoesOn() {
    HostRegion outside = new HostRegion(SLOT_BYTES, SLOT_BYTES);
    swapper.offload(slot, slot.region(), outside);
    swapper.beforeWrite(slot);
    compute.synchronize();
    assertThrows(DeviceException.class, swapper::synchronize);
  }
}
