package org.memo.plan;

import org.memo.device.DeviceRegion;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.memory.SlabAllocator;

/** Tells a schedule check what lies where, so that it can name the tensors of a race. */
record NamingAllocator(SlabAllocator answering, ScheduleCheck check) implements SlabAllocator {
  @Override
  public void beginSection(String section) {
    answering.beginSection(section);
  }

  @Override
  public void beginPass(String kind) {
    answering.beginPass(kind);
  }

  @Override
  public void endPass() {
    answering.endPass();
  }

  @Override
  public DeviceRegion allocate(String name, long sizeBytes) {
    DeviceRegion region = answering.allocate(name, sizeBytes);
    check.named(name, region);
    return region;
  }

  @Override
  public void free(DeviceRegion region) {
    answering.free(region);
  }
}
