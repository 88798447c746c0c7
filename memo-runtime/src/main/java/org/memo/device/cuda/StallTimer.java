package org.memo.device.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;

/**
 * How long a stream stands still for events: each wait lies between two timing events, whose
 * distance is read once both have been passed. As many waits as {@link #MAX_OPEN_WAITS} may be
 * unread; the next one then holds the calling thread up until the oldest has ended, so that a
 * program of any length takes a bounded number of events.
 */
final class StallTimer implements AutoCloseable {
  private static final int MAX_OPEN_WAITS = 512;
  private static final double NANOS_PER_MILLI = 1e6;

  private final CudaStreamHandle stream;
  private final HostWait hostWaits;
  private final ClosingStack events = new ClosingStack();
  private final Deque<Wait> free = new ArrayDeque<>();
  private final Deque<Wait> open = new ArrayDeque<>();
  private int waits;
  private double stalledNanos;

  private record Wait(CudaEventHandle before, CudaEventHandle after) {}

  StallTimer(CudaStreamHandle stream, HostWait hostWaits) {
    this.stream = stream;
    this.hostWaits = hostWaits;
  }

  /** Makes the stream wait for an event that another stream has recorded. */
  void await(CudaEventHandle event) {
    Wait wait = next();
    CudaStreams.record(wait.before, stream);
    CudaStreams.awaitEvent(stream, event);
    CudaStreams.record(wait.after, stream);
    open.add(wait);
  }

  /** Of all waits that have ended. */
  long stalledNanos() {
    readEnded();
    return Math.round(stalledNanos);
  }

  @Override
  public void close() {
    events.close();
  }

  private Wait next() {
    readEnded();
    if (free.isEmpty() && waits < MAX_OPEN_WAITS) {
      waits++;
      return new Wait(timingEvent(), timingEvent());
    }
    if (free.isEmpty()) {
      hostWaits.until(open.getFirst().after);
      readEnded();
    }
    return free.remove();
  }

  private void readEnded() {
    while (!open.isEmpty() && CudaStreams.isDone(open.getFirst().after)) {
      Wait wait = open.remove();
      stalledNanos += CudaStreams.elapsedMillis(wait.before, wait.after) * NANOS_PER_MILLI;
      free.add(wait);
    }
  }

  private CudaEventHandle timingEvent() {
    CudaEventHandle event = CudaStreams.createTimingEvent();
    events.own(() -> CudaStreams.destroy(event));
    return event;
  }
}
