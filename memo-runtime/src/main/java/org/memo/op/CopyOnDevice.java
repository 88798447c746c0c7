package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/** Copies within the slab; the regions must not overlap. */
public record CopyOnDevice(DeviceRegion source, DeviceRegion target) implements Operation {
  public CopyOnDevice {
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
