package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.MemoryRegion;

/** Copies from the pinned pool to the slab (H2D). */
public record CopyToDevice(HostRegion source, DeviceRegion target) implements Operation {
  public CopyToDevice {
    Shapes.requireEqual(source, target);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(source);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }
}
