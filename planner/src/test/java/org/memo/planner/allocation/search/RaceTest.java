package org.memo.planner.allocation.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Problem;

class RaceTest {

  private static final Problem NOTHING = new Problem(List.of(), 1);
  private static final Duration TURN = Duration.ofMillis(1);

  private interface Body {
    Outcome search(Deadline deadline);
  }

  private record Racer(String name, Body body) implements CapacitySearch {
    @Override
    public Outcome search(Problem problem, long capacityBytes, Deadline deadline) {
      return body.search(deadline);
    }
  }

  private static final CapacitySearch KNOWS = new Racer("knows", deadline -> new Outcome.Refuted());
  private static final CapacitySearch GIVES_UP =
      new Racer("gives up", deadline -> new Outcome.GaveUp());
  private static final CapacitySearch WAITS =
      new Racer(
          "waits",
          deadline -> {
            while (!deadline.expired()) {
              Thread.onSpinWait();
            }
            return new Outcome.GaveUp();
          });

  @Test
  void theFirstThatKnowsStopsTheOthers() {
    Race race = new Race(List.of(List.of(WAITS), List.of(KNOWS), List.of(WAITS)), TURN);
    assertEquals(new Race.Finish(new Outcome.Refuted(), "knows"), run(race, Duration.ofDays(1)));
  }

  @Test
  void theSearchesOfALaneTakeTurns() {
    Race race = new Race(List.of(List.of(WAITS, GIVES_UP, WAITS, KNOWS)), TURN);
    assertEquals("knows", run(race, Duration.ofDays(1)).winner());
  }

  @Test
  void turnsGrowUntilTheyAreLongEnough() {
    AtomicInteger turns = new AtomicInteger();
    CapacitySearch slow =
        new Racer(
            "slow",
            deadline -> {
              boolean isLongEnough = deadline.remaining().compareTo(TURN.multipliedBy(5)) > 0;
              turns.incrementAndGet();
              return isLongEnough ? new Outcome.Refuted() : WAITS.search(NOTHING, 0, deadline);
            });
    Race race = new Race(List.of(List.of(slow, WAITS)), TURN);
    assertEquals("slow", run(race, Duration.ofDays(1)).winner());
    assertTrue(turns.get() > 1);
  }

  @Test
  void whenAllHaveGivenUpForGoodTheRaceIsOver() {
    Race race = new Race(List.of(List.of(GIVES_UP), List.of(GIVES_UP, GIVES_UP)), TURN);
    assertEquals(new Outcome.GaveUp(), run(race, Duration.ofDays(1)).outcome());
  }

  @Test
  void theDeadlineEndsARaceThatNobodyWins() {
    Race race = new Race(List.of(List.of(WAITS), List.of(WAITS, WAITS)), TURN);
    assertEquals(new Outcome.GaveUp(), run(race, Duration.ofMillis(20)).outcome());
  }

  @Test
  void aSearchThatFailsEndsTheRaceWithItsFailure() {
    IllegalStateException bug = new IllegalStateException("a bug");
    CapacitySearch fails =
        new Racer(
            "fails",
            deadline -> {
              throw bug;
            });
    Race race = new Race(List.of(List.of(WAITS), List.of(fails)), TURN);
    Exception e = assertThrows(IllegalStateException.class, () -> run(race, Duration.ofDays(1)));
    assertSame(bug, e.getCause());
  }

  @Test
  void aRaceWithoutSearchesIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> new Race(List.of(), TURN));
    assertThrows(IllegalArgumentException.class, () -> new Race(List.of(List.of()), TURN));
  }

  private static Race.Finish run(Race race, Duration timeout) {
    return race.run(NOTHING, 0, Deadline.after(timeout));
  }
}
