package org.memo.parallel.nccl;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.CopyOnWriteArrayList;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.nccl.NcclCommunicator;
import org.memo.bindings.nccl.NcclConfig;
import org.memo.bindings.nccl.NcclRuntime;
import org.memo.bindings.nccl.NcclUniqueId;
import org.memo.collective.GpuChannel;
import org.memo.collective.GpuCollectives;
import org.memo.collective.LostRankException;
import org.memo.parallel.control.ControlGroup;

/**
 * A rank of a group whose GPUs exchange by NCCL. Each stream has a communicator of its own for each
 * size of blocks, made when the stream exchanges so for the first time: a communicator does one
 * thing after the other, so that streams which shared one would wait for each other. All ranks run
 * one program, therefore all make the same communicators in the same order.
 *
 * <p>A thread watches: where the group or NCCL has lost a rank it aborts all communicators, so that
 * neither the GPU nor a thread that waits for it stands still for ever.
 */
public final class NcclCollectives implements GpuCollectives {
  /** For ranks to end their communicators together; one that has failed comes to no end. */
  private static final Duration PARTING = Duration.ofSeconds(10);

  private final NcclControl control;
  private final int device;
  private final Map<String, StreamProgress> streams = new HashMap<>();
  private final List<NcclCommunicator> communicators = new CopyOnWriteArrayList<>();
  private final List<StreamProgress> watched = new CopyOnWriteArrayList<>();
  private final NcclWatch watch;

  /**
   * For the current GPU of the calling thread.
   *
   * @throws org.memo.bindings.MissingLibraryException where NCCL is missing
   * @throws org.memo.UserInputException where two ranks have one GPU
   */
  public NcclCollectives(NcclControl control) {
    this.control = control;
    this.device = CudaRuntime.device();
    NcclRuntime.orderCommunicators();
    RankGpus.requireOneEach(control, device);
    this.watch = new NcclWatch(control, device, communicators, watched);
  }

  @Override
  public GpuChannel channel(String name, int ranks, CudaStreamHandle stream) {
    if (ranks < 1 || control.ranks() % ranks != 0) {
      throw new IllegalArgumentException(
          "ranks=%d does not divide the group of %d".formatted(ranks, control.ranks()));
    }
    int first = control.rank() / ranks * ranks;
    NcclUniqueId id = agreeOnId("the NCCL id of stream %s, %d ranks".formatted(name, ranks), first);
    int rank = control.rank() - first;
    NcclCommunicator communicator = connect(name, id, ranks, rank);
    communicators.add(communicator);
    return new NcclChannel(communicator, stream, progress(name, stream), watch, rank, ranks);
  }

  private NcclCommunicator connect(String name, NcclUniqueId id, int ranks, int rank) {
    try {
      return new AbandonableCall("nccl-init", control::requireWhole)
          .run(
              control.patience(),
              () -> {
                CudaRuntime.setDevice(device);
                return new NcclCommunicator(id, ranks, rank, NcclConfig.defaults());
              })
          .orElseThrow(() ->
              new IllegalStateException(
                  "NCCL connected %d ranks for stream %s in no %d s; NCCL_DEBUG=INFO says more"
                      .formatted(ranks, name, control.patience().toSeconds())));
    } catch (NativeCallException | IllegalStateException e) {
      throw watch.lost(e);
    }
  }

  @Override
  public void requireProgress() {
    control.requireWhole();
    watch.requireNoFailure();
    for (StreamProgress stream : watched) {
      Optional<String> overdue = stream.overdue(control.patience().toNanos() / 2);
      if (overdue.isPresent()) {
        findTheLateRank(overdue.get());
      }
    }
  }

  /** Waits for the other ranks' end a little, unless one is lost. */
  @Override
  public void close() {
    watch.close();
    new AbandonableCall("nccl-close", () -> {})
        .run(
            PARTING,
            () -> {
              CudaRuntime.setDevice(device);
              communicators.forEach(NcclCommunicator::close);
              return true;
            });
    watched.forEach(StreamProgress::close);
  }

  private NcclUniqueId agreeOnId(String what, int first) {
    byte[] mine = control.rank() == first ? NcclRuntime.newUniqueId().bytes() : new byte[0];
    return new NcclUniqueId(control.exchange(what, mine).get(first));
  }

  private StreamProgress progress(String name, CudaStreamHandle stream) {
    return streams.computeIfAbsent(
        name,
        absent -> {
          StreamProgress made = new StreamProgress(name, stream);
          watched.add(made);
          return made;
        });
  }

  /**
   * All ranks that wait for the late one come here and it does not, which the exchange tells. Where
   * all come, nobody is late.
   */
  private void findTheLateRank(String overdue) {
    List<byte[]> all =
        control.exchange(ControlGroup.SEARCH, overdue.getBytes(StandardCharsets.UTF_8));
    StringJoiner waiting = new StringJoiner(", ");
    for (int rank = 0; rank < all.size(); rank++) {
      String what = new String(all.get(rank), StandardCharsets.UTF_8);
      waiting.add("rank %d in %s".formatted(rank, what));
    }
    LostRankException lost =
        new LostRankException(
            control.rank(), "all ranks wait, for the network or NCCL: " + waiting, null);
    control.fail(lost);
    throw lost;
  }
}
