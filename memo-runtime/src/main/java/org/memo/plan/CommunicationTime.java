package org.memo.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.Submitted;
import org.memo.device.simulated.TimedOperation;
import org.memo.op.Collective;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.Operation;

/**
 * How long a step's ranks exchange data, and how much of that the device computes meanwhile. It is
 * told of each operation twice, when it is submitted and when its time is known, as a simulated
 * device does.
 */
final class CommunicationTime {
  private final List<Span> exchanging = new ArrayList<>();
  private final List<Span> computing = new ArrayList<>();
  private List<Span> current = computing;
  private boolean ignored;

  /** Half-open, in seconds. */
  private record Span(double start, double end) {
    double seconds() {
      return end - start;
    }
  }

  void submitted(Recorded entry) {
    if (entry instanceof Submitted submitted) {
      Operation operation = submitted.operation();
      ignored = operation instanceof CopyToHost || operation instanceof CopyToDevice;
      boolean exchanges = operation instanceof Collective collective && collective.ranks() > 1;
      current = exchanges ? exchanging : computing;
    }
  }

  /** Of the operation that was submitted last. */
  void timed(TimedOperation operation) {
    if (ignored) {
      return;
    }
    boolean follows = !current.isEmpty() && current.getLast().end() == operation.startSeconds();
    double start = follows ? current.removeLast().start() : operation.startSeconds();
    current.add(new Span(start, operation.endSeconds()));
  }

  /** In which the links to other ranks are busy: they do one thing at a time. */
  double seconds() {
    return exchanging.stream().mapToDouble(Span::seconds).sum();
  }

  /** Of these, those in which the device computes. */
  double hiddenSeconds() {
    exchanging.sort(Comparator.comparingDouble(Span::start));
    computing.sort(Comparator.comparingDouble(Span::start));
    double hidden = 0;
    int work = 0;
    for (Span exchange : exchanging) {
      while (work < computing.size() && computing.get(work).end() <= exchange.start()) {
        work++;
      }
      for (int i = work; i < computing.size() && computing.get(i).start() < exchange.end(); i++) {
        hidden += overlap(exchange, computing.get(i));
      }
    }
    return hidden;
  }

  private static double overlap(Span one, Span other) {
    return Math.min(one.end(), other.end()) - Math.max(one.start(), other.start());
  }
}
