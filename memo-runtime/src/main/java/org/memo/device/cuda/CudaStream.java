package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cuda.CudaFault;
import org.memo.bindings.cudart.CudaEventHandle;
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
  private final CudaOperations operations;
  private final FaultReport faults;
  private final StallTimer stalls;
  private final boolean synchronous;
  private final LookBehind lookBehind = new LookBehind();
  private String newest = "its start";
  private @Nullable DeviceException failure;

  CudaStream(
      String name,
      DrivingThread thread,
      CudaStreamHandle handle,
      CudaOperations operations,
      FaultReport faults,
      StallTimer stalls,
      boolean synchronous) {
    this.name = name;
    this.thread = thread;
    this.handle = handle;
    this.operations = operations;
    this.faults = faults;
    this.stalls = stalls;
    this.synchronous = synchronous;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void submit(Operation operation) {
    thread.require();
    Gemm held = lookBehind.take();
    if (LookBehind.isBiasOf(held, operation)) {
      attempt("Gemm with BiasForward", () -> operations.run(held, (BiasForward) operation));
      return;
    }
    run(held);
    if (!lookBehind.holds(operation)) {
      run(operation);
    }
  }

  @Override
  public void record(Event event) {
    thread.require();
    CudaEvent own = CudaEvent.of(thread, event);
    run(lookBehind.take());
    attempt("recording event " + own.name(), () -> CudaStreams.record(own.handle(), handle));
    own.setRecordedOn(this);
  }

  /** What the event waits for on this stream itself comes first anyway. */
  @Override
  public void await(Event event) {
    thread.require();
    CudaEvent own = CudaEvent.of(thread, event);
    run(lookBehind.take());
    if (own.recordedOn() != null && own.recordedOn() != this) {
      attempt("waiting for event " + own.name(), () -> awaitOther(own.handle()));
    }
  }

  @Override
  public void synchronize() {
    thread.require();
    run(lookBehind.take());
    try {
      CudaStreams.synchronize(handle);
    } catch (RuntimeException e) {
      fail("what was submitted up to " + newest, e);
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

  private void run(@Nullable Operation operation) {
    if (operation != null) {
      faults.noteSubmitted(operation);
      attempt(operation.name(), () -> operations.run(operation));
    }
  }

  private void attempt(String what, Runnable work) {
    if (failure != null) {
      return;
    }
    newest = what;
    try {
      work.run();
      if (synchronous) {
        CudaStreams.synchronize(handle);
        takeFault();
      }
    } catch (RuntimeException e) {
      fail(what, e);
    }
  }

  private void awaitOther(CudaEventHandle event) {
    if (!CudaStreams.isDone(event)) {
      stalls.await(event);
    }
  }

  private void takeFault() {
    CudaFault fault = faults.take();
    if (fault != null && failure == null) {
      String text = faults.describe(fault);
      failure =
          new DeviceException(
              "%s failed on stream %s: %s".formatted(fault.operation(), name, text),
              new IllegalArgumentException(text));
    }
  }

  private void fail(String what, RuntimeException cause) {
    if (failure == null) {
      String advice = AsynchronousErrors.advice(cause, synchronous);
      failure =
          new DeviceException(
              "%s failed on stream %s: %s%s".formatted(what, name, cause.getMessage(), advice),
              cause);
    }
  }
}
