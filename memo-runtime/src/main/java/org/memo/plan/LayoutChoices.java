package org.memo.plan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.memo.UserInputException;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

/**
 * The ways in which a cluster's GPUs can share a job's sequences. All of them share one sequence
 * where nothing else is said: that fits the longest, and ends a step the soonest.
 *
 * @param queryHeads that a place's ranks share, each at least one
 * @param gpus on all nodes
 * @param gpusPerNode that are near each other
 */
public record LayoutChoices(long queryHeads, int gpus, int gpusPerNode, ShardLevel shard) {
  /** Heads that ranks attend with, for each of the model's, where that spares places. */
  private static final double MOST_PADDING = 1.25;

  /** More of them save little more. */
  private static final long HEAD_GROUPS = 4;

  /**
   * The layouts worth comparing, those with the fewest places first.
   *
   * @param sequenceParallel P, where it was given
   * @param dataParallel D, where it was given
   * @param ring R, where it was given
   * @throws UserInputException where they contradict each other, the GPUs or the heads
   */
  public List<ParallelLayout> of(
      OptionalInt sequenceParallel, OptionalInt dataParallel, OptionalInt ring) {
    requireDivisor("--data-parallel", dataParallel);
    requireDivisor("--sequence-parallel", sequenceParallel);
    int sharing = sequenceParallel.orElse(gpus / dataParallel.orElse(1));
    int groups = gpus / sharing;
    if (groups != dataParallel.orElse(groups)) {
      throw UserInputException.ofOption(
          "--data-parallel",
          dataParallel.getAsInt(),
          "%d, as %d of the %d GPUs share a sequence".formatted(groups, sharing, gpus));
    }
    List<Integer> places =
        ring.isPresent() ? List.of(given(ring.getAsInt(), sharing)) : places(sharing);
    return places.stream().map(count -> new ParallelLayout(sharing, count, groups, shard)).toList();
  }

  /**
   * The layout for the longest sequences: so few ranks in a place that their key heads make several
   * groups, of which attention holds one at a time. Its many places cost some time.
   *
   * @param sharing P
   * @param groups D
   */
  public ParallelLayout roomiest(long kvHeads, int sharing, int groups) {
    int ulysses = mostUlysses(sharing, count -> kvHeads % (count * HEAD_GROUPS) == 0);
    return new ParallelLayout(sharing, sharing / ulysses, groups, shard);
  }

  private void requireDivisor(String option, OptionalInt given) {
    given.ifPresent(count -> {
      if (count < 1 || gpus % count != 0) {
        throw UserInputException.ofOption(
            option, count, "a divisor of the %d GPUs".formatted(gpus));
      }
    });
  }

  private int given(int places, int sharing) {
    if (places < 1 || sharing % places != 0 || sharing / places > queryHeads) {
      throw UserInputException.ofOption(
          "--ring",
          places,
          "auto or a divisor of the %d GPUs that share a sequence, at least %d: the GPUs of a place share %d query heads"
              .formatted(sharing, sharing / mostUlysses(sharing, count -> true), queryHeads));
    }
    return places;
  }

  /** Without padding, with some where that makes larger places, and with each place in a node. */
  private List<Integer> places(int sharing) {
    IntPredicate divides = count -> queryHeads % count == 0;
    List<Integer> ulysses = new ArrayList<>();
    ulysses.add(mostUlysses(sharing, count -> padding(count) <= MOST_PADDING));
    ulysses.add(mostUlysses(sharing, divides));
    ulysses.add(mostUlysses(sharing, divides.and(count -> gpusPerNode % count == 0)));
    Set<Integer> places = new LinkedHashSet<>();
    ulysses.forEach(count -> places.add(sharing / count));
    return List.copyOf(places);
  }

  /** The most ranks of a place that meet a condition; one always does. */
  private int mostUlysses(int sharing, IntPredicate condition) {
    return IntStream.rangeClosed(1, (int) Math.min(sharing, queryHeads))
        .filter(count -> sharing % count == 0 && condition.test(count))
        .max()
        .orElse(1);
  }

  private double padding(int ranks) {
    return (double) Math.ceilDiv(queryHeads, ranks) * ranks / queryHeads;
  }
}
