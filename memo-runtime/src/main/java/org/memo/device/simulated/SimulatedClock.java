package org.memo.device.simulated;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.memo.device.simulated.BusyTime.Span;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.Operation;

/**
 * Times what streams are given, in the order of submission. The calling thread takes no time of its
 * own, but what it waits for delays what it submits afterwards. Streams share the device's engines:
 * of two operations that want one at the same time, the one submitted first has it, and of two
 * copies in opposite directions it is the later that is slowed.
 */
final class SimulatedClock {
  private final OperationCosts costs;
  private final Consumer<TimedOperation> timeline;
  private final Map<DeviceEngine, BusyTime> engines = new EnumMap<>(DeviceEngine.class);
  private double hostSeconds;
  private double elapsedSeconds;

  SimulatedClock(OperationCosts costs, Consumer<TimedOperation> timeline) {
    this.costs = costs;
    this.timeline = timeline;
  }

  void submit(String name, StreamTime stream, Operation operation) {
    stream.advanceTo(hostSeconds);
    Span span = occupy(costs.cost(operation), stream.nowSeconds());
    double stalled = stream.finishOperation(span.end());
    elapsedSeconds = Math.max(elapsedSeconds, span.end());
    timeline.accept(
        new TimedOperation(
            name, operation.name(), span.start(), span.end(), stalled, copiedToHost(operation)));
  }

  private static long copiedToHost(Operation operation) {
    return switch (operation) {
      case CopyToHost copy -> copy.target().sizeBytes();
      case CopyToDevice copy -> -copy.source().sizeBytes();
      default -> 0;
    };
  }

  private Span occupy(OperationCost cost, double ready) {
    BusyTime own = busy(cost.engine());
    return switch (cost.engine()) {
      case COMPUTE, LINK -> own.occupy(ready, cost.seconds());
      case TO_HOST -> besideOther(own, DeviceEngine.TO_DEVICE, ready, cost.seconds());
      case TO_DEVICE -> besideOther(own, DeviceEngine.TO_HOST, ready, cost.seconds());
    };
  }

  private Span besideOther(BusyTime own, DeviceEngine other, double ready, double seconds) {
    return own.occupy(ready, seconds, busy(other), costs.shareBesideOtherDirection());
  }

  private BusyTime busy(DeviceEngine engine) {
    return engines.computeIfAbsent(engine, none -> new BusyTime());
  }

  /** The stream stands still until the event; until the host got there it was only idle. */
  void await(StreamTime stream, double eventSeconds) {
    stream.advanceTo(hostSeconds);
    stream.await(eventSeconds);
  }

  /** The calling thread waits until then. */
  void hostWaits(double untilSeconds) {
    hostSeconds = Math.max(hostSeconds, untilSeconds);
  }

  /** The end of the latest work. */
  double elapsedSeconds() {
    return elapsedSeconds;
  }
}
