package org.memo.benchmark;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.memo.collective.Collectives;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaOptions;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.Barrier;
import org.memo.op.Collective;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.ReduceScatter;
import org.memo.op.Shift;
import org.memo.op.TokensToHeads;
import org.memo.parallel.InProcessRanks;
import org.memo.planner.cost.ElementType;

/**
 * Times collectives between the GPUs of this machine, a thread each: {@code --ranks 4 --bytes
 * 1048576,16777216 --rounds 20}. Prints a line of JSON for each collective and size: the bytes that
 * each rank sends, and the seconds.
 */
public final class CollectiveRates {
  private static final Duration TIMEOUT = Duration.ofMinutes(2);
  private static final int WARM_UP = 2;
  private static final int HEAD_DIM = 64;

  private CollectiveRates() {}

  /** Of a rank's regions that are exchanged. */
  public static void main(String[] arguments) {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    int ranks = Integer.parseInt(options.getOrDefault("--ranks", "2"));
    int rounds = Integer.parseInt(options.getOrDefault("--rounds", "20"));
    for (String bytes : options.getOrDefault("--bytes", "1048576").split(",", -1)) {
      long sizeBytes = Long.parseLong(bytes);
      InProcessRanks.run(ranks, TIMEOUT, collectives -> measure(collectives, sizeBytes, rounds));
    }
  }

  private static void measure(Collectives collectives, long sizeBytes, int rounds) {
    CudaOptions options = CudaOptions.ofEnvironment(collectives.localRank());
    long slabBytes = 2 * sizeBytes;
    try (CudaDevice device =
        CudaDevice.open(options, slabBytes, 0, collectives, (pinned, total) -> {})) {
      Stream stream = device.createStream("compute");
      for (Collective operation : operations(collectives.ranks(), sizeBytes)) {
        double seconds = seconds(stream, operation, rounds);
        if (collectives.rank() == 0) {
          System.out.printf(
              Locale.ROOT,
              "{\"name\": \"%s\", \"case\": \"ranks=%d bytes=%d\", \"bytes\": %d, \"seconds\":"
                  + " %.9f}%n",
              operation.name(),
              collectives.ranks(),
              sizeBytes,
              operation.wireBytes(),
              seconds);
        }
      }
    }
  }

  private static Collective[] operations(int ranks, long sizeBytes) {
    long shardBytes = sizeBytes / ranks / HEAD_DIM / 4 * HEAD_DIM * 4;
    DeviceRegion whole = new DeviceRegion(0, ranks * shardBytes);
    DeviceRegion other = new DeviceRegion(sizeBytes, ranks * shardBytes);
    DeviceRegion shard = new DeviceRegion(sizeBytes, shardBytes);
    HeadLayout heads = HeadLayout.queries(ranks, ranks, HEAD_DIM);
    long tokens = shardBytes / (HEAD_DIM * 4) / ranks * ranks;
    long rowsBytes = tokens * HEAD_DIM * 4;
    return new Collective[] {
      new AllGather(shard, whole, ranks),
      new ReduceScatter(whole, shard, ElementType.F32, false, ranks),
      new AllReduce(whole, ElementType.F32, ranks),
      new TokensToHeads(
          new DeviceRegion(0, rowsBytes),
          new DeviceRegion(sizeBytes, rowsBytes),
          new HeadExchange(heads, tokens, ElementType.F32, ranks)),
      new Shift(whole, other, ranks, 1)
    };
  }

  private static double seconds(Stream stream, Collective operation, int rounds) {
    submit(stream, operation, WARM_UP);
    stream.submit(new Barrier(operation.ranks()));
    stream.synchronize();
    long start = System.nanoTime();
    submit(stream, operation, rounds);
    stream.synchronize();
    return (System.nanoTime() - start) / 1e9 / rounds;
  }

  private static void submit(Stream stream, Collective operation, int times) {
    for (int i = 0; i < times; i++) {
      stream.submit(operation);
    }
  }
}
