package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.Collectives;
import org.memo.device.Device;
import org.memo.device.DeviceException;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.device.host.HostDevice;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.CopyOnDevice;
import org.memo.op.EmbeddingForward;
import org.memo.op.HeadExchange;
import org.memo.op.HeadsToTokens;
import org.memo.op.ReduceScatter;
import org.memo.op.TokensToHeads;
import org.memo.planner.cost.ElementType;

/** Collective operations on the streams of a host device for each rank. */
@Timeout(60)
class HostDeviceCollectivesTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(50);
  private static final long SLAB_BYTES = 1 << 20;
  private static final int RANKS = 3;

  private interface RankWork {
    void on(Device device, int rank);
  }

  @Test
  void everyOperationRunsWithTheRanksOfOtherDevices() {
    HeadCase heads = HeadCase.of(HeadCase.rows(6, 2, 4), RANKS, 2, 5);
    float[][] tokens = References.floats(1, RANKS, heads.tokenElements());
    float[][] locals = References.floats(2, RANKS, heads.headElements());
    onEveryDevice((device, rank) -> {
      Stream stream = device.createStream("compute");
      DeviceRegion tokenRows = put(device, 64, tokens[rank]);
      DeviceRegion headRows = floats(4100, heads.headElements());
      stream.submit(
          new TokensToHeads(
              tokenRows,
              headRows,
              new HeadExchange(heads.layout(), heads.tokens(), ElementType.F32, RANKS)));
      DeviceRegion headGradients = put(device, 16_384, locals[rank]);
      DeviceRegion tokenGradients = floats(32_768, heads.tokenElements());
      stream.submit(
          new HeadsToTokens(
              headGradients,
              tokenGradients,
              new HeadExchange(heads.layout(), heads.tokens(), ElementType.F32, RANKS)));
      stream.synchronize();
      assertArrayEquals(References.tokensToHeads(heads, tokens, rank), read(device, headRows));
      assertArrayEquals(
          References.headsToTokens(heads, locals, rank), read(device, tokenGradients));
    });
  }

  @Test
  void shardsAreGatheredAndSumsScattered() {
    float[][] wholes = References.floats(3, RANKS, RANKS * 10);
    float[] sum = References.sum(wholes);
    onEveryDevice((device, rank) -> {
      Stream stream = device.createStream("compute");
      DeviceRegion whole = put(device, 0, wholes[rank]);
      DeviceRegion shard = floats(1024, 10);
      stream.submit(new ReduceScatter(whole, shard, ElementType.F32, false, RANKS));
      stream.submit(new ReduceScatter(whole, shard, ElementType.F32, true, RANKS));
      stream.submit(new AllReduce(whole, ElementType.F32, RANKS));
      DeviceRegion gathered = floats(2048, RANKS * 10);
      stream.submit(new AllGather(shard, gathered, RANKS));
      stream.synchronize();
      assertArrayEquals(sum, read(device, whole));
      assertArrayEquals(References.sum(new float[][] {sum, sum}), read(device, gathered));
    });
  }

  @Test
  void aStepsSumsAreAddedInF64() {
    onEveryDevice((device, rank) -> {
      Stream stream = device.createStream("compute");
      DeviceRegion loss = new DeviceRegion(8, 8);
      device.upload(MemorySegment.ofArray(new double[] {1 + rank * 1e-12}), loss);
      stream.submit(new AllReduceDoubles(loss, RANKS));
      stream.synchronize();
      double[] total = new double[1];
      device.download(loss, MemorySegment.ofArray(total));
      assertEquals(3 + 3e-12, total[0], 1e-15);
    });
  }

  /** The streams of a rank run beside each other, and the ranks' streams in step by name. */
  @Test
  void collectivesOnTwoStreamsAreOrderedByEvents() {
    onEveryDevice((device, rank) -> {
      Stream compute = device.createStream("compute");
      Stream exchange = device.createStream("exchange");
      Event ready = device.createEvent("ready");
      Event done = device.createEvent("done");
      DeviceRegion mine = put(device, 0, rank + 1);
      DeviceRegion sum = put(device, 64, 0);
      for (int round = 0; round < 100; round++) {
        compute.await(done);
        compute.submit(new CopyOnDevice(mine, sum));
        compute.record(ready);
        exchange.await(ready);
        exchange.submit(new AllReduce(sum, ElementType.F32, RANKS));
        exchange.record(done);
        compute.submit(new AllGather(mine, floats(128, RANKS), RANKS));
      }
      compute.synchronize();
      exchange.synchronize();
      assertArrayEquals(new float[] {6}, read(device, sum));
      assertArrayEquals(new float[] {1, 2, 3}, read(device, floats(128, RANKS)));
    });
  }

  @Test
  void anOperationThatFailsOnOneDeviceReleasesTheOthersWhichNameItsRank() {
    DeviceException thrown =
        assertThrows(
            DeviceException.class,
            () ->
                onEveryDevice((device, rank) -> {
                  Stream stream = device.createStream("compute");
                  DeviceRegion id = new DeviceRegion(0, 4);
                  device.upload(MemorySegment.ofArray(new int[] {rank == 1 ? 9 : 0}), id);
                  DeviceRegion row = floats(64, 2);
                  stream.submit(new EmbeddingForward(floats(256, 4), id, row, 1, 2, 2, false));
                  stream.submit(new AllReduce(row, ElementType.F32, RANKS));
                  DeviceException loss = assertThrows(DeviceException.class, stream::synchronize);
                  String told = rank == 1 ? "EmbeddingForward failed" : "rank 1 failed";
                  assertTrue(loss.getMessage().contains(told), loss.getMessage());
                  throw loss;
                }));
    assertTrue(thrown.getMessage().contains("EmbeddingForward"), thrown.getMessage());
  }

  @Test
  void anOperationForAnotherNumberOfRanksIsRefused() {
    try (HostDevice device = new HostDevice(SLAB_BYTES, 0, 1)) {
      Stream stream = device.createStream("compute");
      stream.submit(new AllReduce(floats(0, 1), ElementType.F32, 2));
      String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
      assertTrue(message.contains("AllReduce is over ranks=2"), message);
    }
  }

  private static void onEveryDevice(RankWork work) {
    InProcessRanks.run(
        RANKS,
        TIMEOUT,
        (Collectives collectives) -> {
          try (HostDevice device = new HostDevice(SLAB_BYTES, 0, 1, collectives)) {
            work.on(device, collectives.rank());
          }
        });
  }

  private static DeviceRegion floats(long offsetBytes, long count) {
    return new DeviceRegion(offsetBytes, count * Float.BYTES);
  }

  private static DeviceRegion put(Device device, long offsetBytes, float... values) {
    DeviceRegion region = floats(offsetBytes, values.length);
    device.upload(MemorySegment.ofArray(values), region);
    return region;
  }

  private static float[] read(Device device, DeviceRegion region) {
    float[] values = new float[(int) (region.sizeBytes() / Float.BYTES)];
    device.download(region, MemorySegment.ofArray(values));
    return values;
  }
}
