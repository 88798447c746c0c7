package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/** Sets every byte of a region to zero. */
public record ZeroFill(DeviceRegion target) implements Operation {
  @Override
  public List<MemoryRegion> reads() {
    return List.of();
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }
}
