package org.memo.train;

import java.util.List;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;
import org.memo.collective.SingleRank;

/** Rank 0 of some, whose exchanges are a test's; its collectives are with itself alone. */
record ScriptedRanks(int ranks, SingleRank alone, Exchange script) implements Collectives {
  ScriptedRanks(int ranks, Exchange script) {
    this(ranks, new SingleRank(), script);
  }

  /** What all ranks bring to an exchange. */
  @FunctionalInterface
  interface Exchange {
    List<byte[]> of(String what, byte[] mine);
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int localRanks() {
    return ranks;
  }

  @Override
  public CollectiveLog log() {
    return alone.log();
  }

  @Override
  public CollectiveChannel channel(String name, int ofRanks) {
    return alone;
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    return script.of(what, mine);
  }

  @Override
  public void fail(Throwable cause) {}
}
