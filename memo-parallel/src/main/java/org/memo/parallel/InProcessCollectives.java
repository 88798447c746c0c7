package org.memo.parallel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;
import org.memo.collective.GpuCollectives;
import org.memo.parallel.nccl.NcclCollectives;
import org.memo.parallel.nccl.NcclControl;

/**
 * A rank whose group's ranks all live in this process and read each other's memory. Each rank is
 * driven by threads of its own. When one fails, or ends while others wait for it, all calls of the
 * others throw a {@link org.memo.collective.LostRankException} that names it.
 */
public final class InProcessCollectives implements Collectives, NcclControl, AutoCloseable {
  /** No stream is called so. */
  private static final String EXCHANGES = "(exchanges)";

  private final InProcessGroup group;
  private final int rank;

  private InProcessCollectives(InProcessGroup group, int rank) {
    this.group = group;
    this.rank = rank;
  }

  /**
   * A group, one element for each rank.
   *
   * @param timeout how long a rank waits for the others before it takes one for lost: longer than
   *     any rank may lag behind
   */
  public static List<InProcessCollectives> group(int ranks, Duration timeout) {
    if (ranks < 1) {
      throw new IllegalArgumentException("ranks=%d is less than 1".formatted(ranks));
    }
    InProcessGroup group = new InProcessGroup(ranks, timeout);
    return IntStream.range(0, ranks).mapToObj(i -> new InProcessCollectives(group, i)).toList();
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int ranks() {
    return group.ranks();
  }

  @Override
  public int localRanks() {
    return group.ranks();
  }

  @Override
  public CollectiveLog log() {
    return group.log(rank);
  }

  @Override
  public CollectiveChannel channel(String name, int ranks) {
    if (ranks < 1 || group.ranks() % ranks != 0) {
      throw new IllegalArgumentException(
          "ranks=%d does not divide the group of %d".formatted(ranks, group.ranks()));
    }
    int first = rank / ranks * ranks;
    return new InProcessChannel(group.meeting(name, first, ranks), rank - first, ranks);
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    Meeting meeting = group.meeting(EXCHANGES, 0, group.ranks());
    List<byte[]> all = new ArrayList<>();
    meeting.hold(
        rank,
        new Call(what, MemorySegment.ofArray(mine)),
        () -> {
          for (int from = 0; from < group.ranks(); from++) {
            all.add(meeting.call(from).source().toArray(ValueLayout.JAVA_BYTE));
          }
        });
    return all;
  }

  @Override
  public GpuCollectives gpus() {
    return new NcclCollectives(this);
  }

  @Override
  public Duration patience() {
    return group.timeout();
  }

  @Override
  public void requireWhole() {
    group.requireWhole();
  }

  @Override
  public void fail(Throwable cause) {
    group.fail(rank, cause);
  }

  /** The rank that made the group fail, if it did. */
  OptionalInt lostRank() {
    return group.lostRank();
  }

  /** Ends this rank: who waits for it, now or later, fails. */
  @Override
  public void close() {
    group.end(rank);
  }
}
