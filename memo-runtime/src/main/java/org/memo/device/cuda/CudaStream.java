package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cuda.CudaFault;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.device.DeviceException;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.op.BiasForward;
import org.memo.op.Gemm;
import org.memo.op.Operation;

/**
 * A stream of CUDA's. After an operation fails those that follow it are passed over, and every
 * later {@link #synchronize} throws the first failure.
 */
final class CudaStream implements Stream {
  private final String name;
  private final DrivingThread thread;
  private final CudaStreamHandle handle;
  private final HostWait waits;
  private final CudaOperations operations;
  private final FaultReport faults;
  private final StallTimer stalls;
  private final boolean synchronous;
  private final @Nullable GraphRuns graphs;
  private final LookBehind lookBehind = new LookBehind();
  private @Nullable StreamCall newest;
  private @Nullable DeviceException failure;

  /**
   * @param synchronous waits after each call
   * @param graphs the device's, where it has them
   */
  CudaStream(
      String name,
      DrivingThread thread,
      CudaStreamHandle handle,
      HostWait waits,
      CudaOperations operations,
      FaultReport faults,
      StallTimer stalls,
      boolean synchronous,
      @Nullable GraphRuns graphs) {
    this.name = name;
    this.thread = thread;
    this.handle = handle;
    this.waits = waits;
    this.operations = operations;
    this.faults = faults;
    this.stalls = stalls;
    this.synchronous = synchronous;
    this.graphs = graphs;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void submit(Operation operation) {
    thread.require();
    Gemm held = lookBehind.take();
    if (held != null && LookBehind.isBiasOf(held, operation)) {
      give(new StreamCall.RunWithBias(held, (BiasForward) operation));
      return;
    }
    giveHeld(held);
    if (!lookBehind.holds(operation)) {
      give(new StreamCall.Run(operation));
    }
  }

  @Override
  public void record(Event event) {
    thread.require();
    CudaEvent own = CudaEvent.of(thread, event);
    giveHeld(lookBehind.take());
    give(new StreamCall.RecordEvent(own));
  }

  @Override
  public void await(Event event) {
    thread.require();
    CudaEvent own = CudaEvent.of(thread, event);
    giveHeld(lookBehind.take());
    give(new StreamCall.AwaitEvent(own));
  }

  @Override
  public void synchronize() {
    thread.require();
    giveHeld(lookBehind.take());
    try {
      if (graphs != null) {
        graphs.start();
        graphs.waitForAll();
      }
      waits.until(handle);
      operations.noteEnd();
    } catch (RuntimeException e) {
      fail(submittedSoFar(), e);
    }
    takeFault();
    DeviceException first = failure;
    if (first != null) {
      throw new DeviceException(String.valueOf(first.getMessage()), first);
    }
  }

  @Override
  public long stalledNanos() {
    thread.require();
    return stalls.stalledNanos();
  }

  CudaStreamHandle handle() {
    return handle;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Queues it on the GPU; a failure is kept for the next wait. */
  void attempt(StreamCall call) {
    if (failure != null) {
      return;
    }
    newest = call;
    try {
      execute(call, 0);
      if (synchronous) {
        waits.until(handle);
        takeFault();
      }
    } catch (RuntimeException e) {
      fail(call.what(), e);
    }
  }

  /** Waits for what the GPU was given already; a failure is kept for the next wait. */
  void waitForGiven() {
    try {
      waits.until(handle);
    } catch (RuntimeException e) {
      fail(submittedSoFar(), e);
    }
  }

  /**
   * Queues it on the GPU, or makes it a part of the graph that is being captured.
   *
   * @param graphRun the number of the run that the graph is for; 0 where none is being captured
   */
  void execute(StreamCall call, long graphRun) {
    switch (call) {
      case StreamCall.Run run -> {
        faults.noteSubmitted(run.operation());
        operations.run(run.operation());
      }
      case StreamCall.RunWithBias run -> operations.run(run.product(), run.bias());
      case StreamCall.RecordEvent recording -> {
        CudaStreams.record(recording.event().handle(), handle);
        recording.event().setRecorded(this, graphRun);
      }
      case StreamCall.AwaitEvent waiting -> await(waiting.event(), graphRun);
    }
  }

  /** Passes over what was given; the next wait throws this unless something failed before. */
  void fail(String what, RuntimeException cause) {
    if (failure == null) {
      String advice = AsynchronousErrors.advice(cause, synchronous);
      failure =
          new DeviceException(
              "%s failed on stream %s: %s%s".formatted(what, name, cause.getMessage(), advice),
              cause);
    }
  }

  /** What an event stands for on this stream itself, or in another graph, comes first anyway. */
  private void await(CudaEvent event, long graphRun) {
    CudaStream source = event.recordedOn();
    if (source == null || source == this || event.graphRun() != graphRun) {
      return;
    }
    if (graphRun > 0) {
      CudaStreams.awaitEvent(handle, event.handle());
    } else if (!CudaStreams.isDone(event.handle())) {
      stalls.await(event.handle());
    }
  }

  private String submittedSoFar() {
    return "what was submitted up to " + (newest == null ? "its start" : newest.what());
  }

  private void giveHeld(@Nullable Gemm held) {
    if (held != null) {
      give(new StreamCall.Run(held));
    }
  }

  private void give(StreamCall call) {
    if (graphs == null) {
      attempt(call);
    } else {
      graphs.add(this, call);
    }
  }

  private void takeFault() {
    CudaFault fault = faults.take();
    if (fault != null) {
      String text = faults.describe(fault);
      IllegalArgumentException cause = new IllegalArgumentException(text);
      fail(fault.operation(), cause);
    }
  }
}
