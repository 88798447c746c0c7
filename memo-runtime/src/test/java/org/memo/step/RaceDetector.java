package org.memo.step;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.memo.device.MemoryRegion;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.EventRecorded;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.Submitted;

/**
 * Finds pairs of accesses to the same memory, one of them a write, that neither stream order nor an
 * event separates. Keeps a vector clock for each stream.
 */
final class RaceDetector implements Consumer<Recorded> {
  private final Map<String, Map<String, Integer>> clocks = new HashMap<>();
  private final Map<String, Map<String, Integer>> events = new HashMap<>();
  private final List<Access> accesses = new ArrayList<>();
  private final List<String> races = new ArrayList<>();

  private record Access(
      String stream, int time, String operation, MemoryRegion region, boolean write) {}

  List<String> races() {
    return races;
  }

  @Override
  public void accept(Recorded entry) {
    Map<String, Integer> clock = clocks.computeIfAbsent(entry.stream(), s -> new HashMap<>());
    switch (entry) {
      case Submitted submitted -> submit(submitted, clock);
      case EventRecorded recorded -> events.put(recorded.event(), new HashMap<>(clock));
      case EventAwaited awaited ->
          events
              .getOrDefault(awaited.event(), Map.of())
              .forEach((stream, time) -> clock.merge(stream, time, Math::max));
      default -> {}
    }
  }

  private void submit(Submitted submitted, Map<String, Integer> clock) {
    int time = clock.merge(submitted.stream(), 1, Integer::sum);
    String name = submitted.operation().name();
    for (MemoryRegion region : submitted.operation().reads()) {
      check(new Access(submitted.stream(), time, name, region, false), clock);
    }
    for (MemoryRegion region : submitted.operation().writes()) {
      check(new Access(submitted.stream(), time, name, region, true), clock);
    }
  }

  private void check(Access access, Map<String, Integer> clock) {
    for (Access earlier : accesses) {
      boolean conflict =
          (earlier.write() || access.write()) && earlier.region().overlaps(access.region());
      if (conflict && earlier.time() > clock.getOrDefault(earlier.stream(), 0)) {
        races.add(earlier + " and " + access);
      }
    }
    accesses.add(access);
  }
}
