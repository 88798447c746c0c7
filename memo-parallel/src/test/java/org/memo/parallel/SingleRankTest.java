package org.memo.parallel;

import java.util.List;
import org.memo.collective.SingleRank;

class SingleRankTest extends CollectivesContract {
  @Override
  protected List<Integer> groupSizes() {
    return List.of(1);
  }

  @Override
  protected void onEveryRank(int ranks, Program program) {
    program.run(new SingleRank().channel("test"), 0);
  }
}
