package org.memo.parallel.socket;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.memo.collective.LostRankException;
import org.memo.parallel.InProcessCollectives;
import org.memo.parallel.launch.ControlGroup;

/** A control plane between threads of a test: the first suspicion is the verdict. */
final class TestControl implements ControlGroup {
  private final Verdict verdict;
  private final InProcessCollectives exchanges;
  private volatile Supplier<String> progress = () -> "";

  /** What the ranks of a group share. */
  private static final class Verdict {
    private final Duration timeout;
    private final AtomicReference<LostRankException> lost = new AtomicReference<>();
    private final List<Consumer<LostRankException>> callbacks = new ArrayList<>();
    private final List<TestControl> controls = new ArrayList<>();

    Verdict(Duration timeout) {
      this.timeout = timeout;
    }

    synchronized void pass(int rank, String how, Throwable cause) {
      String last = controls.get(rank).progress.get();
      LostRankException loss = LostRankException.of(rank, how, last, cause);
      if (lost.compareAndSet(null, loss)) {
        callbacks.forEach(callback -> callback.accept(loss));
        controls.getFirst().exchanges.fail(loss);
      }
    }

    synchronized void add(Consumer<LostRankException> callback) {
      callbacks.add(callback);
      LostRankException loss = lost.get();
      if (loss != null) {
        callback.accept(loss);
      }
    }
  }

  private TestControl(Verdict verdict, InProcessCollectives exchanges) {
    this.verdict = verdict;
    this.exchanges = exchanges;
  }

  static List<TestControl> group(int ranks, Duration timeout) {
    Verdict verdict = new Verdict(timeout);
    List<InProcessCollectives> exchanges = InProcessCollectives.group(ranks, timeout);
    IntStream.range(0, ranks)
        .forEach(rank -> verdict.controls.add(new TestControl(verdict, exchanges.get(rank))));
    return List.copyOf(verdict.controls);
  }

  @Override
  public int rank() {
    return exchanges.rank();
  }

  @Override
  public int ranks() {
    return exchanges.ranks();
  }

  @Override
  public int localRank() {
    return rank();
  }

  @Override
  public int localRanks() {
    return ranks();
  }

  @Override
  public Duration timeout() {
    return verdict.timeout;
  }

  @Override
  public InetAddress address() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public byte[] token() {
    return new byte[32];
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    return exchanges.exchange(what, mine);
  }

  @Override
  public void fail(Throwable cause) {
    if (cause instanceof LostRankException lost) {
      String message = String.valueOf(lost.getMessage());
      verdict.pass(lost.rank(), message.replaceFirst("rank \\d+ ", ""), lost);
    } else {
      verdict.pass(rank(), "failed: " + cause.getMessage(), cause);
    }
  }

  @Override
  public LostRankException suspect(int rank, String how) {
    verdict.pass(rank, how, null);
    return verdictNow();
  }

  @Override
  public void requireWhole() {
    if (verdict.lost.get() != null) {
      throw verdictNow();
    }
  }

  @Override
  public void onLost(Consumer<LostRankException> callback) {
    verdict.add(callback);
  }

  @Override
  public void onStuck(Consumer<LostRankException> callback) {}

  @Override
  public void reportProgress(Supplier<String> lastOperation) {
    progress = lastOperation;
  }

  @Override
  public void close() {
    exchanges.close();
  }

  private LostRankException verdictNow() {
    LostRankException lost = verdict.lost.get();
    return new LostRankException(lost.rank(), lost.getMessage(), lost);
  }
}
