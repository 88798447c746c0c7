package org.memo.benchmark;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Carries what one invocation did, and the limit measured beside it, from the JVM that measures to
 * the table. JMH takes each method without arguments as a result of its own; the same value comes
 * with every iteration.
 */
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class Rate {
  private RateUnit unit = RateUnit.CALLS;
  private double operations = 1;
  private double work = 1;
  private double limit;

  /** Each invocation ran {@code operations}, each of which moved {@code bytes}. */
  public void setBytes(double operations, double bytes, double limitPerSecond) {
    set(RateUnit.BYTES, operations, bytes, limitPerSecond);
  }

  /** Each invocation ran {@code operations}, each of which did {@code flops}. */
  public void setFlops(double operations, double flops, double limitPerSecond) {
    set(RateUnit.FLOPS, operations, flops, limitPerSecond);
  }

  /** Each invocation was one call, or as many as the method's annotation says. */
  public void setCalls(double limitPerSecond) {
    set(RateUnit.CALLS, 1, 1, limitPerSecond);
  }

  public double operations() {
    return operations;
  }

  /** Bytes of one operation, 0 where it counts something else. */
  public double bytes() {
    return unit == RateUnit.BYTES ? work : 0;
  }

  /** FLOPs of one operation, 0 where it counts something else. */
  public double flops() {
    return unit == RateUnit.FLOPS ? work : 0;
  }

  /** The most per second that this machine was measured to do. */
  public double limit() {
    return limit;
  }

  private void set(RateUnit newUnit, double newOperations, double newWork, double newLimit) {
    unit = newUnit;
    operations = newOperations;
    work = newWork;
    limit = newLimit;
  }
}
