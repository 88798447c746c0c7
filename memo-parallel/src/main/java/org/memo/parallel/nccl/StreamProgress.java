package org.memo.parallel.nccl;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;

/**
 * How far a stream is with its collectives: each lies between two events. What it has waited in for
 * long is a collective that another rank has not come to. Any thread may ask.
 */
final class StreamProgress implements AutoCloseable {
  private final String name;
  private final CudaStreamHandle stream;
  private final Deque<Span> open = new ArrayDeque<>();
  private final Deque<Span> free = new ArrayDeque<>();
  private long ended;
  private long runningSince;

  /** The two events of a collective. */
  private static final class Span {
    private final CudaEventHandle begin = CudaStreams.createEvent();
    private final CudaEventHandle end = CudaStreams.createEvent();
    private String operation = "";
    private boolean begun;
  }

  /**
   * @param name of the stream
   */
  StreamProgress(String name, CudaStreamHandle stream) {
    this.name = name;
    this.stream = stream;
  }

  /** Queues the calls of an operation. */
  void run(String operation, Runnable calls) {
    Span span = begin(operation);
    calls.run(); // not locked: it may wait for other ranks
    CudaStreams.record(span.end, stream);
    synchronized (this) {
      open.add(span);
    }
  }

  /** The collective that the stream has been in for as long, with its number; empty for none. */
  synchronized Optional<String> overdue(long nanos) {
    look();
    Span running = open.peek();
    return running != null && running.begun && System.nanoTime() - runningSince > nanos
        ? Optional.of(describe(running))
        : Optional.empty();
  }

  /** The stream has ended. */
  @Override
  public synchronized void close() {
    free.addAll(open);
    open.clear();
    for (Span span : free) {
      CudaStreams.destroy(span.begin);
      CudaStreams.destroy(span.end);
    }
    free.clear();
  }

  private synchronized Span begin(String operation) {
    look();
    Span span = free.isEmpty() ? new Span() : free.remove();
    span.operation = operation;
    span.begun = false;
    CudaStreams.record(span.begin, stream);
    return span;
  }

  private void look() {
    while (!open.isEmpty() && CudaStreams.isDone(open.getFirst().end)) {
      free.add(open.remove());
      ended++;
    }
    Span running = open.peek();
    if (running != null && !running.begun && CudaStreams.isDone(running.begin)) {
      running.begun = true;
      runningSince = System.nanoTime();
    }
  }

  private String describe(Span running) {
    return "%s (number %d on stream %s)".formatted(running.operation, ended + 1, name);
  }
}
