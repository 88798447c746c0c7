package org.memo.parallel;

import java.util.List;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;

/** A rank's end of a group, where one rank fails at an exchange. */
final class FailingCollectives implements Collectives {
  private final Collectives group;
  private final int failingRank;
  private final String endOfWhat;
  private int left;

  /**
   * @param nth the how manieth exchange of what ends so, from 1, fails
   */
  FailingCollectives(Collectives group, int failingRank, String endOfWhat, int nth) {
    this.group = group;
    this.failingRank = failingRank;
    this.endOfWhat = endOfWhat;
    this.left = nth;
  }

  @Override
  public int rank() {
    return group.rank();
  }

  @Override
  public int ranks() {
    return group.ranks();
  }

  @Override
  public int localRanks() {
    return group.localRanks();
  }

  @Override
  public CollectiveLog log() {
    return group.log();
  }

  @Override
  public CollectiveChannel channel(String name, int ranks) {
    return group.channel(name, ranks);
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    if (rank() == failingRank && what.endsWith(endOfWhat) && --left == 0) {
      throw new IllegalStateException("failed on purpose");
    }
    return group.exchange(what, mine);
  }

  @Override
  public void fail(Throwable cause) {
    group.fail(cause);
  }
}
