package org.memo.device.simulated;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memo.device.MemoryRegion;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.EventRecorded;
import org.memo.device.simulated.SimulatedDevice.EventSynchronized;
import org.memo.device.simulated.SimulatedDevice.HostAccessed;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.StreamSynchronized;
import org.memo.device.simulated.SimulatedDevice.Submitted;

/**
 * What {@link ScheduleCheck} is held against: a schedule as a graph whose nodes are its entries,
 * every pair of accesses compared, every node's predecessors kept as a set.
 */
public final class Reachability {
  private final List<Recorded> schedule;
  private final List<Conflict> conflicts = new ArrayList<>();

  /** Two entries that touch the same bytes, one of them writing, by their places in a schedule. */
  public record Conflict(int earlier, int later) {}

  public Reachability(List<Recorded> schedule) {
    this.schedule = List.copyOf(schedule);
    for (int later = 0; later < schedule.size(); later++) {
      for (int earlier = 0; earlier < later; earlier++) {
        if (conflict(schedule.get(earlier), schedule.get(later))) {
          conflicts.add(new Conflict(earlier, later));
        }
      }
    }
  }

  /** The conflicting pairs of which the later is not reached from the earlier. */
  public List<Conflict> unordered() {
    return unorderedWithout(-1);
  }

  /** The same, as if one entry had never been made. */
  public List<Conflict> unorderedWithout(int absent) {
    List<BitSet> predecessors = predecessors(absent);
    return conflicts.stream()
        .filter(pair -> pair.earlier() != absent && pair.later() != absent)
        .filter(pair -> !predecessors.get(pair.later()).get(pair.earlier()))
        .toList();
  }

  private List<BitSet> predecessors(int absent) {
    Map<String, Integer> lastOfStream = new HashMap<>();
    Map<String, Integer> lastRecordOfEvent = new HashMap<>();
    List<BitSet> predecessors = new ArrayList<>();
    for (int node = 0; node < schedule.size(); node++) {
      BitSet before = new BitSet();
      predecessors.add(before);
      if (node == absent) {
        continue;
      }
      // All that the host did comes before all that it asks for.
      reach(before, predecessors, lastOfStream.get(SimulatedDevice.HOST));
      switch (schedule.get(node)) {
        case Submitted submitted -> {
          reach(before, predecessors, lastOfStream.put(submitted.stream(), node));
        }
        case EventRecorded recorded -> {
          reach(before, predecessors, lastOfStream.put(recorded.stream(), node));
          lastRecordOfEvent.put(recorded.event(), node);
        }
        case EventAwaited awaited -> {
          reach(before, predecessors, lastRecordOfEvent.get(awaited.event()));
          reach(before, predecessors, lastOfStream.put(awaited.stream(), node));
        }
        case EventSynchronized waited -> {
          reach(before, predecessors, lastRecordOfEvent.get(waited.event()));
          lastOfStream.put(SimulatedDevice.HOST, node);
        }
        case StreamSynchronized waited -> {
          reach(before, predecessors, lastOfStream.get(waited.stream()));
          lastOfStream.put(SimulatedDevice.HOST, node);
        }
        case HostAccessed access -> lastOfStream.put(SimulatedDevice.HOST, node);
      }
    }
    return predecessors;
  }

  private static void reach(BitSet before, List<BitSet> predecessors, @Nullable Integer node) {
    if (node != null) {
      before.or(predecessors.get(node));
      before.set(node);
    }
  }

  private static boolean conflict(Recorded one, Recorded other) {
    return anyShared(writes(one), writes(other))
        || anyShared(writes(one), reads(other))
        || anyShared(reads(one), writes(other));
  }

  private static boolean anyShared(List<MemoryRegion> ones, List<MemoryRegion> others) {
    for (MemoryRegion one : ones) {
      for (MemoryRegion other : others) {
        if (one.sizeBytes() > 0 && other.sizeBytes() > 0 && one.overlaps(other)) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<MemoryRegion> reads(Recorded entry) {
    return switch (entry) {
      case Submitted submitted -> submitted.operation().reads();
      case HostAccessed access when !access.write() -> List.of(access.region());
      default -> List.of();
    };
  }

  private static List<MemoryRegion> writes(Recorded entry) {
    return switch (entry) {
      case Submitted submitted -> submitted.operation().writes();
      case HostAccessed access when access.write() -> List.of(access.region());
      default -> List.of();
    };
  }
}
