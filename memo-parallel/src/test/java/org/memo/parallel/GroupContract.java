package org.memo.parallel;

import java.util.List;
import org.memo.collective.CollectiveChannel;

/** A kind of group that a contract tests. */
public abstract class GroupContract {
  /** The sizes of the groups to test. */
  protected abstract List<Integer> groupSizes();

  /** Calls of a kind after each other: who reads what is of another call is found. */
  protected int rounds() {
    return 30;
  }

  /** Runs the program on all ranks of a new group. */
  protected abstract void onEveryRank(int ranks, Program program);

  /** What a rank does. */
  @FunctionalInterface
  protected interface Program {
    void run(CollectiveChannel channel, int rank);
  }

  /** Runs it many times on all ranks of one group. */
  final void repeat(int ranks, Program program) {
    onEveryRank(
        ranks,
        (channel, rank) -> {
          for (int round = 0; round < rounds(); round++) {
            program.run(channel, rank);
          }
        });
  }
}
