package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.MemoryRegion;

/** Copies from the slab to the pinned pool (D2H). */
public record CopyToHost(DeviceRegion source, HostRegion target) implements Operation {
  public CopyToHost {
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
