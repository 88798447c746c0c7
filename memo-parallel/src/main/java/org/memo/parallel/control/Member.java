package org.memo.parallel.control;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memo.collective.LostRankException;
import org.memo.parallel.launch.Launch;

/** A rank at its end of the line to rank 0's hub; rank 0 itself has such a line too. */
final class Member implements ControlGroup, Wire.Receiver {
  private final Launch launch;
  private final Waits waits;
  private final InetAddress address;
  private final Wire toHub;
  private final Standing standing;
  private final Silence hubSilence;
  private final ReentrantLock exchanging = new ReentrantLock();
  private final Runnable behindGoodbye;
  private final AtomicBoolean parted = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile Supplier<String> lastOperation = () -> "";
  private volatile String hubsLastOperation = "";
  private volatile @Nullable SharedKey key;
  private volatile Message.@Nullable Result result;
  private volatile boolean hubEnded;
  private long exchanges; // guarded by exchanging

  /**
   * @param behindGoodbye what ends with this rank
   */
  Member(Launch launch, Waits waits, InetAddress address, Wire toHub, Runnable behindGoodbye) {
    this.launch = launch;
    this.waits = waits;
    this.address = address;
    this.toHub = toHub;
    this.behindGoodbye = behindGoodbye;
    this.standing = new Standing(waits.stuck());
    this.hubSilence = new Silence(waits.patience());
  }

  @Override
  public int rank() {
    return launch.rank();
  }

  @Override
  public int ranks() {
    return launch.ranks();
  }

  @Override
  public int localRank() {
    return launch.localRank();
  }

  @Override
  public int localRanks() {
    return launch.localRanks();
  }

  @Override
  public Duration timeout() {
    return waits.timeout();
  }

  @Override
  public InetAddress address() {
    return address;
  }

  @Override
  public SharedKey key() {
    SharedKey ofRun = key;
    if (ofRun == null) {
      throw new IllegalStateException("the run has not started");
    }
    return ofRun;
  }

  /** Waits until all ranks are here. */
  void awaitStart(Duration longest) {
    if (!standing.await(() -> key != null, longest)) {
      lose(0, "did not start the run within the timeout of " + waits.inSeconds());
      requireWhole();
    }
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    if (mine.length > MAX_EXCHANGED_BYTES) {
      throw new IllegalArgumentException(
          "%d bytes for exchange %s of at most %d"
              .formatted(mine.length, what, MAX_EXCHANGED_BYTES));
    }
    exchanging.lock();
    try {
      requireWhole();
      requireOpen();
      long number = ++exchanges;
      // What is told of a rank that is killed is no older than its newest exchange.
      send(new Message.Heartbeat(progress()));
      send(new Message.Contribution(number, what, mine));
      return awaitResult(number, what);
    } finally {
      exchanging.unlock();
    }
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("the group of rank %d is closed".formatted(rank()));
    }
  }

  private List<byte[]> awaitResult(long number, String what) {
    if (standing.await(() -> hubEnded || hasResult(number), waits.timeout())
        && hasResult(number)
        && result != null) {
      return result.contributions();
    }
    lose(0, (hubEnded ? "ended before exchange " : "did not answer exchange ") + what);
    throw lossOf(0);
  }

  private boolean hasResult(long number) {
    Message.Result newest = result;
    return newest != null && newest.number() == number;
  }

  @Override
  public void fail(Throwable cause) {
    LostRankException other = lostAnother(cause);
    if (other != null) {
      suspect(other.rank(), String.valueOf(other.getMessage()));
    } else if (standing.lost() == null && !closed.get()) {
      String how = LostRankException.failed(cause);
      send(new Message.Failure(how, progress()));
      standing.awaitLoss(waits.verdict());
      standing.lose(new LostRankException(rank(), Sentences.of(rank(), how, progress()), cause));
    }
  }

  private @Nullable LostRankException lostAnother(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof LostRankException lost && lost.rank() != rank()) {
        return lost;
      }
    }
    return null;
  }

  @Override
  public LostRankException suspect(int rank, String how) {
    if (standing.lost() == null && !closed.get()) {
      String named = "rank %d ".formatted(rank);
      String plain = how.startsWith(named) ? how.substring(named.length()) : how;
      send(new Message.Suspicion(rank, plain));
      if (standing.awaitLoss(waits.verdict()) == null) {
        lose(rank, plain);
      }
    }
    return lossOf(rank);
  }

  /** The loss as an exception of the caller's; of the given rank where the group is closed. */
  private LostRankException lossOf(int rank) {
    LostRankException loss = standing.lost();
    return loss == null
        ? Sentences.lost(rank, "is missed after this rank's own end", "")
        : Standing.copy(loss);
  }

  @Override
  public void requireWhole() {
    standing.requireWhole();
  }

  @Override
  public void onLost(Consumer<LostRankException> callback) {
    standing.onLost(callback);
  }

  @Override
  public void onStuck(Consumer<LostRankException> callback) {
    standing.onStuck(callback);
  }

  @Override
  public void reportProgress(Supplier<String> lastOperation) {
    this.lastOperation = lastOperation;
  }

  private String progress() {
    try {
      return lastOperation.get();
    } catch (RuntimeException e) {
      return "unknown: " + e;
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      standing.close();
      part();
      standing.awaitWhateverIsLost(() -> hubEnded, waits.farewell());
      toHub.abandon();
      behindGoodbye.run();
    }
  }

  boolean isClosed() {
    return closed.get();
  }

  /** The last message of this rank. */
  private void part() {
    if (parted.compareAndSet(false, true)) {
      toHub.send(MessageCodec.frame(new Message.Goodbye()));
      toHub.finish();
    }
  }

  private void send(Message message) {
    if (!parted.get()) {
      toHub.send(MessageCodec.frame(message));
    }
  }

  /** Now and then, from one thread. */
  void tick(long elapsedNanos) {
    if (parted.get()) {
      return;
    }
    toHub.beat(MessageCodec.frame(new Message.Heartbeat(progress())));
    if (hubSilence.hasLasted(toHub.takeHeard(), elapsedNanos)) {
      lose(0, Sentences.silent(hubSilence.lasted()));
    }
  }

  @Override
  public void received(Message message) {
    switch (message) {
      case Message.Heartbeat(String progress) -> hubsLastOperation = progress;
      case Message.Start start -> standing.update(() -> key = new SharedKey(start.key()));
      case Message.Result newest -> standing.update(() -> result = newest);
      case Message.Verdict(int rank, String sentence) -> {
        standing.lose(new LostRankException(rank, sentence, null));
        part();
      }
      case Message.Goodbye() -> {
        standing.update(() -> hubEnded = true);
        part();
      }
      case Message.Contribution c -> throw unexpected(c);
      case Message.Suspicion s -> throw unexpected(s);
      case Message.Failure f -> throw unexpected(f);
    }
  }

  private static IllegalStateException unexpected(Message message) {
    return new IllegalStateException("only ranks send " + message);
  }

  @Override
  public void ended(String how) {
    if (!hubEnded && !parted.get()) {
      lose(0, how);
    }
    standing.update(() -> hubEnded = true);
  }

  /** Without rank 0's verdict. It is told, in case that it was only stopped. */
  private void lose(int rank, String how) {
    String last = rank == 0 ? hubsLastOperation : "";
    String sentence = Sentences.of(rank, how, last);
    standing.lose(new LostRankException(rank, sentence, null));
    send(new Message.Verdict(rank, sentence));
    part();
  }
}
