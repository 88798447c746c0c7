package org.memo.parallel;

import java.time.Duration;
import java.util.List;

class InProcessCollectivesTest extends CollectivesContract {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @Override
  protected List<Integer> groupSizes() {
    return List.of(1, 2, 3, 4, 5, 6, 8);
  }

  @Override
  protected void onEveryRank(int ranks, Program program) {
    InProcessRanks.run(
        ranks,
        TIMEOUT,
        collectives -> program.run(collectives.channel("test"), collectives.rank()));
  }
}
