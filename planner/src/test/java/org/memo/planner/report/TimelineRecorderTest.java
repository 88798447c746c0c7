package org.memo.planner.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.report.Timeline.HostLevel;
import org.memo.planner.report.Timeline.Lane;

class TimelineRecorderTest {
  private static final int MANY = 500_000;

  @Test
  void fewOperationsStayAsTheyAre() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    recorder.add("compute", WorkKind.MATRIX, "Gemm", 0, 2);
    recorder.add("compute", WorkKind.STALL, "before AdamW", 2, 3);
    recorder.add("compute", WorkKind.MEMORY_BOUND, "AdamW", 3, 4);
    Timeline timeline = recorder.timeline(5);
    assertEquals(
        List.of(
            new Span(0, 2, "Gemm", 1, Map.of(WorkKind.MATRIX, 2.0)),
            new Span(2, 3, "before AdamW", 0, Map.of(WorkKind.STALL, 1.0)),
            new Span(3, 4, "AdamW", 1, Map.of(WorkKind.MEMORY_BOUND, 1.0))),
        timeline.lanes().getFirst().spans());
    assertEquals(2, timeline.operationCount());
    assertEquals(5, timeline.endSeconds());
  }

  @Test
  void streamsComeInTheOrderAskedForAndIdleOnesNotAtAll() {
    TimelineRecorder recorder = new TimelineRecorder(List.of("compute", "idle", "offload"));
    recorder.add("other", WorkKind.MATRIX, "Gemm", 0, 1);
    recorder.add("offload", WorkKind.COPY_OUT, "CopyToHost", 0, 1);
    recorder.add("compute", WorkKind.MATRIX, "Gemm", 0, 1);
    assertEquals(
        List.of("compute", "offload", "other"),
        recorder.timeline(1).lanes().stream().map(Lane::stream).toList());
  }

  @Test
  void halfAMillionOperationsBecomeFewSpansAndLoseNoWork() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    Map<WorkKind, Double> given = new EnumMap<>(WorkKind.class);
    double end = addRandomWork(recorder, given);
    Timeline timeline = recorder.timeline(end);
    int spans = timeline.lanes().stream().mapToInt(lane -> lane.spans().size()).sum();
    assertTrue(spans <= TimelineRecorder.MAX_SPANS, "spans " + spans);
    assertTrue(spans > TimelineRecorder.MAX_SPANS / 8, "merged more than needed: " + spans);
    assertEquals(MANY, timeline.operationCount());
    given.forEach((kind, seconds) -> assertEquals(seconds, busy(timeline, kind), 1e-6 * end));
  }

  @Test
  void mergedSpansStayInOrderAndWithinTheirTime() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    addRandomWork(recorder, new EnumMap<>(WorkKind.class));
    for (Lane lane : recorder.timeline(0).lanes()) {
      double before = 0;
      for (Span span : lane.spans()) {
        double busy = span.busySeconds().values().stream().mapToDouble(d -> d).sum();
        assertTrue(span.startSeconds() >= before, () -> lane.stream() + " " + span);
        assertTrue(busy <= (span.endSeconds() - span.startSeconds()) * (1 + 1e-9), span::toString);
        before = span.endSeconds();
      }
    }
  }

  @Test
  void longOperationsAreNeverMerged() {
    TimelineRecorder recorder = new TimelineRecorder(List.of(), 16);
    recorder.add("compute", WorkKind.ATTENTION, "long", 0, 100);
    for (int i = 0; i < 1000; i++) {
      recorder.add("compute", WorkKind.MEMORY_BOUND, "short", 100 + i * 0.01, 100.01 + i * 0.01);
    }
    List<Span> spans = recorder.timeline(0).lanes().getFirst().spans();
    assertEquals(new Span(0, 100, "long", 1, Map.of(WorkKind.ATTENTION, 100.0)), spans.getFirst());
    assertTrue(spans.size() <= 16, spans::toString);
  }

  @Test
  void hostMemoryRisesWithCopiesOutAndFallsWithCopiesBack() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    recorder.changeHost(1, 100);
    recorder.changeHost(2, 50);
    recorder.changeHost(3, -100);
    recorder.changeHost(4, -50);
    assertEquals(
        List.of(
            new HostLevel(0, 0),
            new HostLevel(1, 100),
            new HostLevel(2, 150),
            new HostLevel(3, 50),
            new HostLevel(4, 0)),
        recorder.timeline(4).hostLevels());
  }

  @Test
  void whatAStepOnlyTakesFromHostMemoryWasThereBefore() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    recorder.changeHost(1, -8);
    recorder.changeHost(2, 100);
    assertEquals(
        List.of(new HostLevel(0, 8), new HostLevel(1, 0), new HostLevel(2, 100)),
        recorder.timeline(2).hostLevels());
  }

  @Test
  void manyCopiesBecomeFewLevelsThatEndWhereTheyShould() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    for (int i = 0; i < MANY; i++) {
      recorder.changeHost(i * 1e-3, 3);
    }
    List<HostLevel> levels = recorder.timeline(0).hostLevels();
    assertTrue(levels.size() <= TimelineRecorder.MAX_SPANS / 4 + 1, "levels " + levels.size());
    assertEquals(3L * MANY, levels.getLast().bytes());
  }

  private static double addRandomWork(TimelineRecorder recorder, Map<WorkKind, Double> given) {
    Random random = new Random(7);
    String[] streams = {"compute", "offload", "prefetch", "gather", "reduce"};
    double[] now = new double[streams.length];
    for (int i = 0; i < MANY; i++) {
      int stream = random.nextInt(streams.length);
      WorkKind kind = WorkKind.values()[random.nextInt(WorkKind.STALL.ordinal())];
      double start = now[stream] + (random.nextInt(4) == 0 ? random.nextDouble() : 0);
      double seconds = Math.exp(3 * random.nextGaussian()) * 1e-3;
      recorder.add(streams[stream], kind, "work " + kind, start, start + seconds);
      given.merge(kind, seconds, Double::sum);
      now[stream] = start + seconds;
    }
    double end = 0;
    for (double seconds : now) {
      end = Math.max(end, seconds);
    }
    return end;
  }

  private static double busy(Timeline timeline, WorkKind kind) {
    return timeline.lanes().stream()
        .flatMap(lane -> lane.spans().stream())
        .mapToDouble(span -> span.busySeconds().getOrDefault(kind, 0.0))
        .sum();
  }
}
