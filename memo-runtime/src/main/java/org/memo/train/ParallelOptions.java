package org.memo.train;

import java.time.Duration;
import java.util.OptionalInt;
import org.memo.UserInputException;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

/**
 * How ranks share the work.
 *
 * @param sequenceParallel P: ranks that share a sequence
 * @param ring R: places of a ring that the P ranks form; empty: the fewest that the query heads
 *     allow
 * @param dataParallel D: groups of P ranks; empty: as many as the launched ranks make
 * @param shard what of the model's states each holds a share of
 * @param rankTimeout how long ranks wait for one that does not answer
 */
public record ParallelOptions(
    int sequenceParallel,
    OptionalInt ring,
    OptionalInt dataParallel,
    ShardLevel shard,
    Duration rankTimeout) {
  /** Of a run: more GPUs than anybody has. */
  public static final int MAX_RANKS = 1 << 16;

  /** Each is a thread, and all of them are started before the model is read. */
  private static final int MAX_RANKS_OF_PROCESS = 1024;

  private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(7);

  public ParallelOptions {
    requireRanks("sequence-parallel", sequenceParallel, "");
    int sharing = sequenceParallel;
    ring.ifPresent(given ->
        OptionText.require(
            given >= 1 && sharing % given == 0,
            "ring",
            given,
            "auto or a divisor of the %d ranks of --sequence-parallel".formatted(sharing)));
    dataParallel.ifPresent(given -> requireRanks("data-parallel", given, "auto or "));
    OptionText.require(
        rankTimeout.compareTo(SHORTEST_TIMEOUT) >= 0 && rankTimeout.compareTo(LONGEST_TIMEOUT) <= 0,
        "rank-timeout",
        DurationText.format(rankTimeout),
        "1s to %dh".formatted(LONGEST_TIMEOUT.toHours()));
  }

  private static void requireRanks(String key, int given, String orElse) {
    OptionText.require(
        given >= 1 && given <= MAX_RANKS,
        key,
        given,
        "%s1 to %d ranks".formatted(orElse, MAX_RANKS));
  }

  /**
   * The ranks of a run that nothing launches: threads of this process.
   *
   * @throws UserInputException when they are too many
   */
  public int ranksOfOneProcess() {
    int groups = dataParallel.orElse(1);
    if ((long) sequenceParallel * groups > MAX_RANKS_OF_PROCESS) {
      throw new UserInputException(
          "--sequence-parallel %d x --data-parallel %d are more ranks than the %d that one process has; valid is fewer, or a launcher"
              .formatted(sequenceParallel, groups, MAX_RANKS_OF_PROCESS));
    }
    return sequenceParallel * groups;
  }

  /**
   * What so many ranks of a model are to each other.
   *
   * @throws UserInputException where these options cannot be met with them
   */
  ParallelLayout layout(int ranks, int queryHeads) {
    OptionText.require(
        ranks % sequenceParallel == 0,
        "sequence-parallel",
        sequenceParallel,
        "a divisor of the %d ranks".formatted(ranks));
    int groups = ranks / sequenceParallel;
    dataParallel.ifPresent(given ->
        OptionText.require(
            given == groups,
            "data-parallel",
            given,
            "auto or %d: there are %d ranks, of which --sequence-parallel takes %d"
                .formatted(groups, ranks, sequenceParallel)));
    int fewest = fewestPlaces(queryHeads);
    ring.ifPresent(given ->
        OptionText.require(
            given >= fewest,
            "ring",
            given,
            "auto or %d and more: %d ranks share a sequence, and %d query heads"
                .formatted(fewest, sequenceParallel, queryHeads)));
    return new ParallelLayout(sequenceParallel, ring.orElse(fewest), groups, shard);
  }

  /** The least divisor R of P so that a place's P / R ranks have a query head each. */
  private int fewestPlaces(int queryHeads) {
    int places = 1;
    while (sequenceParallel % places != 0 || sequenceParallel / places > queryHeads) {
      places++;
    }
    return places;
  }
}
