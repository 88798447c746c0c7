package org.memo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.device.simulated.SimulatedDevice.HostAccessed;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.Submitted;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.ZeroFill;

class ScheduleCheckTest {
  private static final DeviceRegion SLAB = new DeviceRegion(64, 64);
  private static final HostRegion POOL = new HostRegion(0, 64);

  private final ScheduleCheck check = new ScheduleCheck();
  private final SimulatedDevice device = new SimulatedDevice(check);
  private final Stream compute = device.createStream("compute");
  private final Stream offload = device.createStream("offload");
  private final Event computed = device.createEvent("computed");

  @AfterEach
  void close() {
    device.close();
  }

  @Test
  void aRaceNamesBothOperationsTheirBytesAndTheMissingEvent() {
    check.named("layer 3 input", SLAB);
    compute.submit(new ZeroFill(new DeviceRegion(0, 8)));
    compute.submit(new ZeroFill(new DeviceRegion(32, 64)));
    offload.submit(new CopyToHost(SLAB, POOL));
    assertEquals(
        "CopyToHost (2) on stream offload reads slab bytes [64, 128) of layer 3 input while"
            + " ZeroFill (1) on stream compute, which writes slab bytes [32, 96) of layer 3 input,"
            + " may still run: CopyToHost on stream offload must wait for an event recorded on"
            + " stream compute after ZeroFill (1)",
        check.races().getFirst().message());
    assertEquals(1, check.races().size());
    assertThrows(IllegalStateException.class, check::requireNoRace);
  }

  @Test
  void anEventSeparatesWhatWasSubmittedBeforeItsRecord() {
    compute.submit(new ZeroFill(SLAB));
    compute.record(computed);
    offload.await(computed);
    offload.submit(new CopyToHost(SLAB, POOL));
    check.requireNoRace();
    compute.submit(new ZeroFill(SLAB));
    assertEquals(1, check.races().size());
  }

  @Test
  void anAwaitMeansTheNewestRecordOfItsTime() {
    compute.record(computed);
    offload.await(computed);
    compute.submit(new ZeroFill(SLAB));
    compute.record(computed);
    offload.submit(new CopyToHost(SLAB, POOL));
    assertEquals(1, check.races().size());
  }

  @Test
  void ordersAreTransitiveOverStreamsAndTheHost() {
    Stream third = device.createStream("third");
    compute.submit(new ZeroFill(SLAB));
    compute.record(computed);
    offload.await(computed);
    offload.synchronize();
    third.submit(new CopyToHost(SLAB, POOL));
    check.requireNoRace();
  }

  @Test
  void whatTheHostDidComesBeforeAllThatItSubmits() {
    device.upload(MemorySegment.NULL, SLAB);
    compute.submit(new ZeroFill(SLAB));
    check.requireNoRace();
  }

  @Test
  void theHostMustWaitForAStreamBeforeItTouchesItsMemory() {
    compute.submit(new CopyToDevice(POOL, SLAB));
    compute.record(computed);
    device.download(SLAB, MemorySegment.NULL);
    assertTrue(
        check
            .races()
            .getFirst()
            .message()
            .endsWith(
                "the host must wait for an event recorded on stream compute after CopyToDevice"
                    + " (0)"));
    computed.synchronize();
    device.pool().segment(POOL);
    assertEquals(1, check.races().size());
  }

  @Test
  void twoReadsAreNoConflict() {
    compute.submit(new CopyToHost(SLAB, POOL));
    offload.submit(new CopyToHost(SLAB, new HostRegion(64, 64)));
    check.requireNoRace();
  }

  @Test
  void theSlabAndThePoolAreDifferentMemories() {
    compute.submit(new CopyToHost(new DeviceRegion(0, 64), new HostRegion(64, 64)));
    offload.submit(new ZeroFill(new DeviceRegion(64, 64)));
    check.requireNoRace();
  }

  @Test
  void eventsOfOneNameAreToldApart() {
    Event other = device.createEvent("computed");
    compute.submit(new ZeroFill(SLAB));
    compute.record(other);
    offload.await(computed);
    offload.submit(new CopyToHost(SLAB, POOL));
    assertEquals(1, check.races().size());
  }

  @Test
  void randomSchedulesAreJudgedAsByComparingEveryPair() {
    int ordered = 0;
    int racing = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      List<Recorded> schedule = new RandomSchedule(new Random(seed)).draw();
      List<Conflict> expected = unordered(schedule);
      List<Conflict> found = races(schedule);
      assertTrue(expected.containsAll(found), "seed " + seed + ": " + found + " of " + expected);
      assertEquals(firstLater(expected), firstLater(found), "seed " + seed);
      if (expected.isEmpty()) {
        ordered++;
      } else {
        racing++;
      }
    }
    assertTrue(ordered > 2_000 && racing > 2_000, ordered + " ordered, " + racing + " racing");
  }

  /** Two accesses by their indices among the accesses. */
  private record Conflict(long earlier, long later) {}

  private static List<Conflict> races(List<Recorded> schedule) {
    ScheduleCheck check = new ScheduleCheck();
    schedule.forEach(check);
    return check.races().stream()
        .map(race -> new Conflict(race.earlier().index(), race.later().index()))
        .toList();
  }

  private static List<Conflict> unordered(List<Recorded> schedule) {
    List<Integer> accesses =
        IntStream.range(0, schedule.size())
            .filter(i ->
                schedule.get(i) instanceof Submitted || schedule.get(i) instanceof HostAccessed)
            .boxed()
            .toList();
    return new Reachability(schedule)
        .unordered().stream()
            .map(pair ->
                new Conflict(accesses.indexOf(pair.earlier()), accesses.indexOf(pair.later())))
            .toList();
  }

  private static long firstLater(List<Conflict> races) {
    return races.stream().mapToLong(Conflict::later).min().orElse(-1);
  }
}
