package org.memo.memory;

import java.util.HashMap;
import java.util.Map;
import org.memo.device.DeviceRegion;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

/**
 * Writes the requests of a step down as a {@link RequestTrace}. Every request gets addresses of its
 * own, never used again.
 */
public final class RecordingAllocator implements SlabAllocator {
  private final RequestTraceRecorder recorder = new RequestTraceRecorder();
  private final Map<DeviceRegion, Long> ids = new HashMap<>();
  private long nextOffset;

  @Override
  public void beginSection(String section) {
    recorder.beginSection(section);
  }

  @Override
  public void beginPass(String kind) {
    recorder.beginPass(kind);
  }

  @Override
  public void endPass() {
    recorder.endPass();
  }

  @Override
  public DeviceRegion allocate(String name, long sizeBytes) {
    DeviceRegion region = new DeviceRegion(nextOffset, sizeBytes);
    nextOffset = Math.addExact(nextOffset, sizeBytes);
    ids.put(region, recorder.malloc(name, sizeBytes));
    return region;
  }

  @Override
  public void free(DeviceRegion region) {
    Long id = ids.remove(region);
    if (id == null) {
      throw new IllegalStateException(region + " is not allocated");
    }
    recorder.free(id);
  }

  /** Ends the recording. */
  public RequestTrace trace() {
    return recorder.trace();
  }
}
