package org.memo.parallel.nccl;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.Collectives;
import org.memo.device.cuda.CudaDevice;
import org.memo.parallel.InProcessRanks;

/** Ranks that are threads with a GPU each, which run one program after the other. */
final class StandingGpus implements AutoCloseable {
  private static final long SLAB_BYTES = 16L << 20;

  private final List<BlockingQueue<Task>> tasks = new ArrayList<>();
  private final Thread ranks;

  /** What a rank does. */
  interface Program {
    void run(CollectiveChannel channel, int rank);
  }

  private record Task(Program program, boolean isLast, CompletableFuture<Void> done) {}

  StandingGpus(int size) {
    for (int rank = 0; rank < size; rank++) {
      tasks.add(new LinkedBlockingQueue<>());
    }
    ranks =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                InProcessRanks.run(size, GpuGroup.TIMEOUT, this::work);
              } catch (RuntimeException | Error e) {
                fail(e);
              }
            });
  }

  /** Waits until all ranks have run it; throws what a rank has thrown, who then is no more. */
  void run(Program program) {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (BlockingQueue<Task> ofRank : tasks) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      ofRank.add(new Task(program, false, done));
    }
    all.forEach(CompletableFuture::join);
  }

  @Override
  public void close() {
    tasks.forEach(
        ofRank -> ofRank.add(new Task((channel, rank) -> {}, true, new CompletableFuture<>())));
    try {
      ranks.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Collectives collectives) throws InterruptedException {
    try (CudaDevice device = GpuGroup.open(collectives, SLAB_BYTES, 0)) {
      DeviceChannel channel = new DeviceChannel(device, collectives.ranks());
      Task task = tasks.get(collectives.rank()).take();
      while (!task.isLast) {
        try {
          task.program.run(channel, collectives.rank());
          task.done.complete(null);
        } catch (RuntimeException | Error e) {
          task.done.completeExceptionally(e);
          throw e;
        }
        task = tasks.get(collectives.rank()).take();
      }
    }
  }

  /** Of tasks that no rank will run. */
  private void fail(Throwable cause) {
    for (BlockingQueue<Task> ofRank : tasks) {
      for (Task task = ofRank.poll(); task != null; task = ofRank.poll()) {
        task.done.completeExceptionally(cause);
      }
    }
  }
}
