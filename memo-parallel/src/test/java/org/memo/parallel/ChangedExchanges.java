package org.memo.parallel;

import java.util.List;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;

/** A rank's end of a group with exchanges of a test's own. */
record ChangedExchanges(Collectives group, Exchange exchange) implements Collectives {
  /** Instead of the group's, which it may call. */
  @FunctionalInterface
  interface Exchange {
    List<byte[]> run(String what, byte[] mine);
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
    return exchange.run(what, mine);
  }

  @Override
  public void fail(Throwable cause) {
    group.fail(cause);
  }
}
