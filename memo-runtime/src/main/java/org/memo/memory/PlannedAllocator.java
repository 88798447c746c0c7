package org.memo.memory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.device.DeviceRegion;
import org.memo.planner.MemoryPlan;
import org.memo.planner.PlannedSection;
import org.memo.planner.PlannedTensor;

/**
 * Answers every request of a step with the address that the plan holds for it: the n-th request of
 * a section gets the n-th tensor. A request that the plan does not hold fails.
 */
public final class PlannedAllocator implements SlabAllocator {
  private final Map<String, List<PlannedTensor>> sections = new HashMap<>();
  private final Deque<PlannedTensor> due = new ArrayDeque<>();
  private final long alignmentBytes;
  private String section = "";
  private long peakBytes;

  public PlannedAllocator(MemoryPlan plan) {
    alignmentBytes = plan.alignmentBytes();
    for (PlannedSection planned : plan.sections()) {
      sections.put(planned.name(), planned.tensors());
    }
  }

  @Override
  public void beginSection(String name) {
    if (!due.isEmpty()) {
      throw new UnplannedRequestException(
          "section %s ends before its planned request of %s"
              .formatted(section, due.getFirst().name()));
    }
    List<PlannedTensor> tensors = sections.get(name);
    if (tensors == null) {
      throw new UnplannedRequestException("the plan has no section " + name);
    }
    section = name;
    due.addAll(tensors);
  }

  /** Nothing to do: the plan holds the requests of all passes in their order. */
  @Override
  public void beginPass(String kind) {}

  /** Nothing to do, as for {@link #beginPass}. */
  @Override
  public void endPass() {}

  @Override
  public DeviceRegion allocate(String name, long sizeBytes) {
    PlannedTensor planned = due.pollFirst();
    if (planned == null) {
      throw new UnplannedRequestException(
          "section %s: %s of %d bytes is requested, the plan holds no more requests"
              .formatted(section, name, sizeBytes));
    }
    if (!planned.name().equals(name) || planned.sizeBytes() != sizeBytes) {
      throw new UnplannedRequestException(
          "section %s: %s of %d bytes is requested, the plan holds %s of %d bytes"
              .formatted(section, name, sizeBytes, planned.name(), planned.sizeBytes()));
    }
    peakBytes = Math.max(peakBytes, planned.offsetBytes() + roomBytes(sizeBytes));
    return new DeviceRegion(planned.offsetBytes(), sizeBytes);
  }

  /** Nothing to do: the plan knows when a region is free again. */
  @Override
  public void free(DeviceRegion region) {}

  /** The end of the highest region that was handed out so far, alignment included. */
  public long peakBytes() {
    return peakBytes;
  }

  private long roomBytes(long sizeBytes) {
    return (sizeBytes + alignmentBytes - 1) / alignmentBytes * alignmentBytes;
  }
}
