package org.memo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.simulated.BusyTime.Span;

class BusyTimeTest {
  private static final double SMALL = 1e-9;

  @Test
  void workWaitsForTheEngine() {
    BusyTime engine = new BusyTime();
    assertEquals(new Span(1, 3), engine.occupy(1, 2));
    assertEquals(new Span(3, 4), engine.occupy(2, 1));
    assertEquals(new Span(9, 10), engine.occupy(9, 1));
  }

  @Test
  void laterWorkFillsAGapAndGoesOnBehindIt() {
    BusyTime engine = new BusyTime();
    engine.occupy(2, 2);
    assertEquals(new Span(0, 1), engine.occupy(0, 1));
    assertEquals(new Span(1, 6), engine.occupy(0, 3));
    assertEquals(new Span(6, 7), engine.occupy(0, 1));
  }

  @Test
  void workOfNoLengthTakesNoTime() {
    BusyTime engine = new BusyTime();
    assertEquals(new Span(5, 5), engine.occupy(5, 0));
    assertEquals(new Span(5, 6), engine.occupy(5, 1));
  }

  @Test
  void workIsSlowedOnlyWhileTheOtherEngineWorks() {
    BusyTime other = new BusyTime();
    other.occupy(1, 2);
    // One second alone, two at half the rate, one alone.
    assertEquals(new Span(0, 4), new BusyTime().occupy(0, 3, other, 0.5));
    assertEquals(new Span(0, 5), new BusyTime().occupy(0, 3, other, 0));
    assertEquals(new Span(3, 6), new BusyTime().occupy(3, 3, other, 0.5));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.4, 1})
  void whatIsDoneInASpanIsTheWork(double share) {
    Random random = new Random(11);
    for (int round = 0; round < 50; round++) {
      BusyTime[] engines = {new BusyTime(), new BusyTime()};
      List<List<Span>> given = List.of(new ArrayList<>(), new ArrayList<>());
      for (int i = 0; i < 30; i++) {
        int own = random.nextInt(2);
        double ready = random.nextDouble(20);
        double work = random.nextDouble(2);
        Span span = engines[own].occupy(ready, work, engines[1 - own], share);
        assertTrue(span.start() >= ready);
        assertEquals(
            work, done(span, given.get(own), given.get(1 - own), share), SMALL, span::toString);
        given.get(own).add(span);
      }
    }
  }

  /** The integral of the rate over the span, piece by piece. */
  private static double done(Span span, List<Span> own, List<Span> other, double share) {
    double[] cuts =
        Stream.concat(Stream.of(span), Stream.concat(own.stream(), other.stream()))
            .flatMapToDouble(cut -> DoubleStream.of(cut.start(), cut.end()))
            .filter(cut -> span.start() <= cut && cut <= span.end())
            .sorted()
            .toArray();
    double done = 0;
    for (int i = 1; i < cuts.length; i++) {
      double middle = (cuts[i - 1] + cuts[i]) / 2;
      if (!holds(own, middle)) {
        done += (cuts[i] - cuts[i - 1]) * (holds(other, middle) ? share : 1);
      }
    }
    return done;
  }

  private static boolean holds(List<Span> spans, double time) {
    return spans.stream().anyMatch(span -> span.start() <= time && time < span.end());
  }

  @Test
  void twoDirectionsTogetherReachWhatTheyCanTogether() {
    double fraction = 0.7;
    BusyTime out = new BusyTime();
    BusyTime in = new BusyTime();
    out.occupy(0, 10, in, 2 * fraction - 1);
    Span span = in.occupy(0, 10, out, 2 * fraction - 1);
    // 4 of the 10 beside the other one, the rest alone.
    assertEquals(16, span.end(), SMALL);
  }
}
