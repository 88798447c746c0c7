package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaException;
import org.memo.collective.LostRankException;
import org.memo.device.DeviceException;
import org.memo.device.Event;

/** An event of CUDA's, without a time. */
final class CudaEvent implements Event {
  private final String name;
  private final DrivingThread thread;
  private final CudaEventHandle handle;
  private final HostWait waits;
  private final @Nullable GraphRuns graphs;
  private @Nullable CudaStream recordedOn;
  private long graphRun;

  /**
   * @param graphs the device's, where it has them
   */
  CudaEvent(
      String name,
      DrivingThread thread,
      CudaEventHandle handle,
      HostWait waits,
      @Nullable GraphRuns graphs) {
    this.name = name;
    this.thread = thread;
    this.handle = handle;
    this.waits = waits;
    this.graphs = graphs;
  }

  /**
   * The event as one of the device that the thread drives.
   *
   * @throws IllegalArgumentException when it is of another device
   */
  static CudaEvent of(DrivingThread thread, Event event) {
    if (event instanceof CudaEvent own && own.thread == thread) {
      return own;
    }
    throw new IllegalArgumentException("event %s is of another device".formatted(event.name()));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void synchronize() {
    thread.require();
    if (graphs != null) {
      graphs.startWhatRecords(this);
    }
    CudaStream stream = recordedOn;
    if (stream == null) {
      return;
    }
    try {
      if (graphs != null && graphRun > 0) {
        graphs.waitFor(graphRun);
      } else {
        waits.until(handle);
      }
    } catch (CudaException | LostRankException e) {
      throw new DeviceException(
          "waiting for event %s of stream %s failed: %s"
              .formatted(name, stream.name(), e.getMessage()),
          e);
    }
  }

  /** The stream of the newest record, or null where there is none. */
  @Nullable CudaStream recordedOn() {
    return recordedOn;
  }

  /** The number of the graph run that the newest record is part of; 0 where it is of none. */
  long graphRun() {
    return graphRun;
  }

  void setRecorded(CudaStream stream, long run) {
    recordedOn = stream;
    graphRun = run;
  }

  CudaEventHandle handle() {
    return handle;
  }
}
