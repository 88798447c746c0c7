package org.memo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.op.AttentionShape;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Gemm;
import org.memo.op.Operation;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.Hardware;

class SimulatedClockTest {
  private static final double SMALL = 1e-12;
  private static final long COPY_BYTES = 124_000_000;
  private static final OperationCosts COSTS =
      new OperationCosts(new CostModel(Hardware.named("a800-80gb"), 8));
  private static final Operation OUT =
      new CopyToHost(new DeviceRegion(0, COPY_BYTES), new HostRegion(0, COPY_BYTES));
  private static final Operation IN =
      new CopyToDevice(new HostRegion(0, COPY_BYTES), new DeviceRegion(0, COPY_BYTES));
  private static final Operation WORK = new ZeroFill(new DeviceRegion(0, 1L << 33));

  private final List<TimedOperation> timeline = new ArrayList<>();
  private final SimulatedDevice device = new SimulatedDevice(entry -> {}, COSTS, timeline::add);
  private final Stream compute = device.createStream("compute");
  private final Stream offload = device.createStream("offload");
  private final Stream prefetch = device.createStream("prefetch");

  @Test
  void aStreamDoesItsWorkOneAfterTheOther() {
    compute.submit(WORK);
    compute.submit(WORK);
    double seconds = COSTS.seconds(WORK);
    assertEquals(
        List.of(
            new TimedOperation("compute", "ZeroFill", 0, seconds, 0, 0),
            new TimedOperation("compute", "ZeroFill", seconds, 2 * seconds, 0, 0)),
        timeline);
    assertEquals(2 * seconds, device.elapsedSeconds());
  }

  @Test
  void copiesRunBesideCompute() {
    compute.submit(WORK);
    offload.submit(OUT);
    assertEquals(0, timeline.get(1).startSeconds());
    assertEquals(COSTS.seconds(OUT), timeline.get(1).endSeconds());
    assertEquals(0.01, COSTS.seconds(OUT), 1e-4);
  }

  @Test
  void copiesSayWhatTheyMoveToHostMemoryAndBack() {
    offload.submit(OUT);
    prefetch.submit(IN);
    compute.submit(WORK);
    assertEquals(
        List.of(COPY_BYTES, -COPY_BYTES, 0L),
        timeline.stream().map(TimedOperation::copiedToHostBytes).toList());
  }

  @Test
  void aStreamStandsStillForAnEventAndSaysHowLong() {
    Event done = device.createEvent("done");
    compute.submit(WORK);
    compute.record(done);
    compute.submit(WORK);
    offload.await(done);
    offload.submit(OUT);
    offload.submit(OUT);
    double seconds = COSTS.seconds(WORK);
    assertEquals(seconds, timeline.get(2).startSeconds());
    assertEquals(seconds, timeline.get(2).stalledSeconds());
    assertEquals(0, timeline.get(3).stalledSeconds());
    assertEquals(seconds * 1e9, offload.stalledNanos(), 1);
    assertEquals(0, compute.stalledNanos());
  }

  @Test
  void anEventThatHasPassedHoldsNobodyUp() {
    Event done = device.createEvent("done");
    compute.submit(WORK);
    compute.record(done);
    for (int i = 0; i < 3; i++) {
      offload.submit(OUT);
    }
    offload.await(done);
    offload.submit(OUT);
    assertEquals(timeline.get(3).endSeconds(), timeline.get(4).startSeconds());
    assertEquals(0, offload.stalledNanos());
  }

  @Test
  void awaitingMeansTheNewestRecordAtThatTime() {
    Event event = device.createEvent("event");
    compute.submit(WORK);
    compute.record(event);
    offload.await(event);
    compute.submit(WORK);
    compute.record(event);
    prefetch.await(event);
    offload.submit(OUT);
    prefetch.submit(IN);
    double seconds = COSTS.seconds(WORK);
    assertEquals(seconds, timeline.get(2).startSeconds());
    assertEquals(2 * seconds, timeline.get(3).startSeconds());
  }

  @Test
  void copiesInOppositeDirectionsSlowEachOther() {
    double alone = COSTS.seconds(OUT);
    offload.submit(OUT);
    prefetch.submit(IN);
    assertEquals(alone, timeline.get(0).endSeconds());
    // On this hardware both together reach 1.4 of one, so that 0.4 of the second one is done.
    assertEquals(1.6 * alone, timeline.get(1).endSeconds(), SMALL);
  }

  @Test
  void copiesInTheSameDirectionAndComputeOnTwoStreamsTakeTurns() {
    offload.submit(OUT);
    prefetch.submit(OUT);
    assertEquals(timeline.get(0).endSeconds(), timeline.get(1).startSeconds());
    compute.submit(WORK);
    prefetch.submit(WORK);
    double copied = timeline.get(1).endSeconds();
    assertEquals(Math.max(copied, COSTS.seconds(WORK)), timeline.get(3).startSeconds(), SMALL);
  }

  @Test
  void whatTheCallingThreadWaitsForDelaysWhatItSubmitsNextButIsNoStall() {
    Event done = device.createEvent("done");
    compute.submit(WORK);
    compute.record(done);
    compute.submit(WORK);
    done.synchronize();
    offload.submit(OUT);
    compute.synchronize();
    prefetch.submit(IN);
    double seconds = COSTS.seconds(WORK);
    assertEquals(seconds, timeline.get(2).startSeconds());
    assertEquals(2 * seconds, timeline.get(3).startSeconds());
    assertEquals(0, offload.stalledNanos() + prefetch.stalledNanos());
  }

  @Test
  void matrixAndAttentionFlopsAreCountedApart() {
    DeviceRegion region = new DeviceRegion(0, 64);
    compute.submit(new Gemm(region, false, region, false, region, false, 4, 4, 4));
    AttentionShape shape = new AttentionShape(4, 1, 1, 4, 1f, 2, 10);
    DeviceRegion qkv = new DeviceRegion(0, 192);
    DeviceRegion row = new DeviceRegion(0, 16);
    compute.submit(new FlashAttentionForward(qkv, region, row, row, shape));
    compute.submit(new FlashAttentionBackward(qkv, region, region, row, row, qkv, row, shape));
    compute.submit(WORK);
    assertEquals(2.0 * 4 * 4 * 4, device.matrixFlops());
    assertEquals((4 + 10) * 10 * 4, device.attentionFlops());
  }

  @Test
  void withoutCostsThereIsNoTime() {
    try (SimulatedDevice timeless = new SimulatedDevice(entry -> {})) {
      Stream stream = timeless.createStream("stream");
      Event event = timeless.createEvent("event");
      stream.submit(WORK);
      stream.record(event);
      stream.await(event);
      stream.synchronize();
      event.synchronize();
      assertEquals(0, timeless.elapsedSeconds());
      assertEquals(0, stream.stalledNanos());
    }
  }

  @Test
  void randomProgramsKeepTheOrderOfStreamsEnginesAndEvents() {
    Random random = new Random(5);
    for (int round = 0; round < 200; round++) {
      timeline.clear();
      List<TimedOperation> run = new ArrayList<>();
      SimulatedDevice other = new SimulatedDevice(entry -> {}, COSTS, run::add);
      runAtRandom(other, run, random);
      requireTurns(run);
      double end = run.stream().mapToDouble(TimedOperation::endSeconds).max().orElse(0);
      assertEquals(end, other.elapsedSeconds());
    }
  }

  /** Checks as it goes that work begins after the events that its stream awaited. */
  private static void runAtRandom(SimulatedDevice device, List<TimedOperation> run, Random random) {
    List<Stream> streams = List.of(device.createStream("a"), device.createStream("b"));
    Event[] events = {device.createEvent("x"), device.createEvent("y")};
    double[] recorded = new double[events.length];
    Map<Stream, Double> notBefore = new HashMap<>();
    Map<Stream, Double> stalled = new HashMap<>();
    Operation[] operations = {OUT, IN, WORK};
    for (int i = 0; i < 60; i++) {
      Stream stream = streams.get(random.nextInt(2));
      int event = random.nextInt(events.length);
      switch (random.nextInt(4)) {
        case 0 -> {
          stream.record(events[event]);
          recorded[event] = notBefore.getOrDefault(stream, 0.0);
        }
        case 1 -> {
          stream.await(events[event]);
          notBefore.merge(stream, recorded[event], Math::max);
        }
        default -> {
          Operation operation = operations[random.nextInt(operations.length)];
          stream.submit(operation);
          TimedOperation timed = run.get(run.size() - 1);
          assertTrue(timed.startSeconds() >= notBefore.getOrDefault(stream, 0.0));
          double took = timed.endSeconds() - timed.startSeconds();
          assertTrue(took >= COSTS.seconds(operation) - SMALL);
          notBefore.put(stream, timed.endSeconds());
          stalled.merge(stream, timed.stalledSeconds(), Double::sum);
        }
      }
    }
    stalled.forEach((stream, sum) -> assertTrue(sum * 1e9 <= stream.stalledNanos() + 2));
  }

  /** An engine is never done before the time that all of its work takes. */
  private static void requireTurns(List<TimedOperation> run) {
    Map<String, Double> busy = new HashMap<>();
    Map<String, Double> last = new HashMap<>();
    for (TimedOperation timed : run) {
      busy.merge(timed.name(), duration(timed.name()), Double::sum);
      last.merge(timed.name(), timed.endSeconds(), Math::max);
    }
    busy.forEach((name, seconds) -> assertTrue(last.get(name) >= seconds - SMALL, name));
  }

  private static double duration(String name) {
    return switch (name) {
      case "CopyToHost" -> COSTS.seconds(OUT);
      case "CopyToDevice" -> COSTS.seconds(IN);
      default -> COSTS.seconds(WORK);
    };
  }
}
