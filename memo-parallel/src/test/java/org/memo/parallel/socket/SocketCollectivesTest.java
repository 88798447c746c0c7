package org.memo.parallel.socket;

import java.time.Duration;
import java.util.List;
import org.memo.parallel.CollectivesContract;

class SocketCollectivesTest extends CollectivesContract {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @Override
  protected List<Integer> groupSizes() {
    return List.of(1, 2, 3, 4, 5, 6);
  }

  @Override
  protected void onEveryRank(int ranks, Program program) {
    SocketRanks.run(
        ranks,
        TIMEOUT,
        collectives -> program.run(collectives.channel("test"), collectives.rank()));
  }
}
