package org.memo.device.simulated;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.MemoryRegion;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.EventRecorded;
import org.memo.device.simulated.SimulatedDevice.EventSynchronized;
import org.memo.device.simulated.SimulatedDevice.HostAccessed;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.StreamSynchronized;
import org.memo.device.simulated.SimulatedDevice.Submitted;

/**
 * The schedule check, an observer of a {@link SimulatedDevice}: of any two accesses that share
 * bytes of the slab or of the pinned pool, one of them a write, one must come after the other by
 * stream order, by events, or by the calling thread's waiting. An event stands for its newest
 * record at the time when it is awaited, and what the calling thread has done comes before all that
 * it submits, as with CUDA.
 *
 * <p>Keeps a vector clock for each stream, and of each byte the last writer and the readers since.
 * So its memory does not grow with the length of the schedule, but for the names that it is told,
 * and its time is near-linear. Where it finds nothing there is no race; of the races that follow
 * from a first one it may pass over some.
 */
public final class ScheduleCheck implements Consumer<Recorded> {
  private static final int MOST_REPORTED = 100;

  private final Map<String, CheckedStream> streams = new HashMap<>();
  private final Map<String, VectorClock> events = new HashMap<>();
  private final AccessMap slab = new AccessMap();
  private final AccessMap pool = new AccessMap();
  private final List<Tensor> tensors = new ArrayList<>();
  private final Map<Pair, Race> races = new LinkedHashMap<>();
  private final CheckedStream host = stream(SimulatedDevice.HOST);
  private long accesses;

  private record CheckedStream(String name, int number, VectorClock clock) {}

  private record Pair(long earlier, long later) {}

  /**
   * @param since the number of accesses made before it came to lie there
   */
  private record Tensor(String name, MemoryRegion region, long since) {}

  @Override
  public void accept(Recorded entry) {
    switch (entry) {
      case Submitted submitted -> submit(submitted);
      case EventRecorded recorded ->
          events.put(recorded.event(), afterHost(recorded.stream()).clock().copy());
      case EventAwaited awaited -> join(afterHost(awaited.stream()), awaited.event());
      case EventSynchronized waited -> join(host, waited.event());
      case StreamSynchronized waited -> host.clock().join(stream(waited.stream()).clock());
      case HostAccessed access -> accessByHost(access);
    }
  }

  /** Says what lies in a region from now on; only messages depend on it. */
  public void named(String tensor, MemoryRegion region) {
    tensors.add(new Tensor(tensor, region, accesses));
  }

  /** The races found so far, at most {@value #MOST_REPORTED}, in the order of the later access. */
  public List<Race> races() {
    return List.copyOf(races.values());
  }

  /** How many operations and host accesses were checked. */
  public long accesses() {
    return accesses;
  }

  /**
   * Fails unless the schedule has no race.
   *
   * @throws IllegalStateException naming both operations of the first race and the missing event
   */
  public void requireNoRace() {
    if (!races.isEmpty()) {
      Race first = races.values().iterator().next();
      throw new IllegalStateException(
          "the schedule has %s%d races; the first: %s"
              .formatted(
                  races.size() == MOST_REPORTED ? "at least " : "", races.size(), first.message()));
    }
  }

  private void submit(Submitted submitted) {
    check(
        afterHost(submitted.stream()),
        submitted.operation().name(),
        submitted.operation().reads(),
        submitted.operation().writes());
  }

  private void accessByHost(HostAccessed access) {
    List<MemoryRegion> region = List.of(access.region());
    check(
        host,
        access.name(),
        access.write() ? List.of() : region,
        access.write() ? region : List.of());
  }

  private void check(
      CheckedStream stream, String name, List<MemoryRegion> reads, List<MemoryRegion> writes) {
    long time = stream.clock().tick(stream.number());
    Access access =
        new Access(accesses++, name, stream.name(), stream.number(), time, reads, writes);
    for (MemoryRegion region : reads) {
      if (region.sizeBytes() > 0) {
        map(region)
            .read(
                access,
                region,
                (earlier, wrote) -> require(stream, earlier, wrote, access, region, false));
      }
    }
    for (MemoryRegion region : writes) {
      if (region.sizeBytes() > 0) {
        map(region)
            .write(
                access,
                region,
                (earlier, wrote) -> require(stream, earlier, wrote, access, region, true));
      }
    }
  }

  private void require(
      CheckedStream stream,
      Access earlier,
      boolean earlierWrites,
      Access later,
      MemoryRegion region,
      boolean laterWrites) {
    boolean ordered = earlier.time() <= stream.clock().at(earlier.stream());
    if (!ordered && races.size() < MOST_REPORTED) {
      races.computeIfAbsent(
          new Pair(earlier.index(), later.index()),
          pair ->
              new Race(
                  party(earlier, earlierWrites, earlierRegion(earlier, earlierWrites, region)),
                  party(later, laterWrites, region)));
    }
  }

  private Race.Party party(Access access, boolean write, MemoryRegion region) {
    return new Race.Party(
        access.index(),
        access.name(),
        access.streamName(),
        write,
        region,
        tensor(region, access.index()));
  }

  private static MemoryRegion earlierRegion(Access access, boolean write, MemoryRegion shared) {
    return (write ? access.writes() : access.reads())
        .stream().filter(region -> region.overlaps(shared)).findFirst().orElseThrow();
  }

  /** What lay in a region at the time of an access, the newest where there were several. */
  private String tensor(MemoryRegion region, long index) {
    return tensors.reversed().stream()
        .filter(tensor -> tensor.since() <= index && tensor.region().overlaps(region))
        .map(Tensor::name)
        .findFirst()
        .orElse("");
  }

  private AccessMap map(MemoryRegion region) {
    return switch (region) {
      case DeviceRegion device -> slab;
      case HostRegion pinned -> pool;
    };
  }

  private void join(CheckedStream stream, String event) {
    VectorClock recorded = events.get(event);
    if (recorded != null) {
      stream.clock().join(recorded);
    }
  }

  /** What the calling thread did, and what it waited for, comes before all that it submits. */
  private CheckedStream afterHost(String name) {
    CheckedStream stream = stream(name);
    stream.clock().join(host.clock());
    return stream;
  }

  private CheckedStream stream(String name) {
    return streams.computeIfAbsent(
        name, absent -> new CheckedStream(absent, streams.size(), new VectorClock()));
  }
}
