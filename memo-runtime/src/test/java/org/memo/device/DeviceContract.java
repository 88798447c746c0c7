package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.EmbeddingForward;
import org.memo.op.ZeroFill;

/** What every device holds to: memory, streams and events. */
abstract class DeviceContract {
  private static final long SLAB_BYTES = 1 << 20;
  private static final long POOL_BYTES = 1 << 20;

  private Device device;

  /** A device with memories of these sizes. */
  abstract Device open(long slabBytes, long poolBytes);

  /** Whether operations have effects, or are only recorded. */
  abstract boolean computes();

  @BeforeEach
  void openDevice() {
    device = open(SLAB_BYTES, POOL_BYTES);
  }

  @AfterEach
  void closeDevice() {
    device.close();
  }

  @Test
  void whatIsUploadedIsDownloaded() {
    assumeTrue(computes());
    DeviceRegion region = new DeviceRegion(256, 12);
    device.upload(ints(1, 2, 3), region);
    assertArrayEquals(new int[] {1, 2, 3}, download(region));
  }

  @Test
  void copiesGoThereAndBackThroughThePool() {
    assumeTrue(computes());
    Stream stream = device.createStream("copy");
    DeviceRegion source = new DeviceRegion(0, 12);
    DeviceRegion target = new DeviceRegion(4096, 12);
    HostRegion host = device.pool().allocate("a test", 12);
    device.upload(ints(4, 5, 6), source);
    stream.submit(new CopyToHost(source, host));
    stream.submit(new ZeroFill(source));
    stream.submit(new CopyToDevice(host, target));
    stream.synchronize();
    assertArrayEquals(new int[] {4, 5, 6}, download(target));
    assertArrayEquals(new int[3], download(source));
    assertEquals(5, device.pool().segment(host).getAtIndex(ValueLayout.JAVA_INT, 1));
  }

  @Test
  void anEventOrdersTwoStreams() {
    assumeTrue(computes());
    Stream first = device.createStream("first");
    Stream second = device.createStream("second");
    Event done = device.createEvent("done");
    DeviceRegion big = new DeviceRegion(0, SLAB_BYTES / 2);
    DeviceRegion copy = new DeviceRegion(SLAB_BYTES / 2, SLAB_BYTES / 2);
    for (int round = 1; round <= 20; round++) {
      int[] values = new int[(int) (big.sizeBytes() / 4)];
      Arrays.fill(values, round);
      device.upload(MemorySegment.ofArray(values), copy);
      first.submit(new CopyOnDevice(copy, big));
      first.record(done);
      second.await(done);
      second.submit(new CopyOnDevice(big, copy));
      second.synchronize();
      assertArrayEquals(values, download(copy));
    }
  }

  @Test
  void streamsRunBesideEachOther() {
    Stream waiting = device.createStream("waiting");
    Stream working = device.createStream("working");
    Event start = device.createEvent("start");
    Event reply = device.createEvent("reply");
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          working.submit(new ZeroFill(new DeviceRegion(0, 64)));
          working.record(start);
          waiting.await(start);
          waiting.record(reply);
          working.await(reply);
          working.synchronize();
          waiting.synchronize();
        });
  }

  @Test
  void anEventThatWasNeverRecordedHoldsNobodyUp() {
    Stream stream = device.createStream("stream");
    Event never = device.createEvent("never");
    stream.await(never);
    stream.synchronize();
    never.synchronize();
  }

  @Test
  void aFailedOperationSurfacesAtTheNextWaitWithItsNameAndStream() {
    assumeTrue(computes());
    Stream stream = device.createStream("compute");
    DeviceRegion ids = new DeviceRegion(0, 4);
    device.upload(ints(7), ids);
    stream.submit(
        new EmbeddingForward(
            new DeviceRegion(128, 16), ids, new DeviceRegion(256, 8), 1, 2, 2, false));
    DeviceException failure = assertThrows(DeviceException.class, stream::synchronize);
    assertTrue(failure.getMessage().contains("EmbeddingForward"), failure.getMessage());
    assertTrue(failure.getMessage().contains("compute"), failure.getMessage());
  }

  @Test
  void anOperationOutsideTheSlabFails() {
    assumeTrue(computes());
    Stream stream = device.createStream("compute");
    stream.submit(new ZeroFill(new DeviceRegion(SLAB_BYTES - 4, 8)));
    assertThrows(DeviceException.class, stream::synchronize);
  }

  @Test
  void aStreamThatWaitsCountsItsStall() {
    Stream stream = device.createStream("stream");
    stream.synchronize();
    assertTrue(stream.stalledNanos() >= 0);
  }

  @Test
  void aLongProgramRunsToItsEnd() {
    Stream first = device.createStream("first");
    Stream second = device.createStream("second");
    Event ping = device.createEvent("ping");
    Event pong = device.createEvent("pong");
    for (int i = 0; i < 20_000; i++) {
      first.record(ping);
      second.await(ping);
      second.record(pong);
      first.await(pong);
    }
    first.synchronize();
    second.synchronize();
  }

  @Test
  void closingTwiceIsHarmless() {
    device.createStream("stream");
    device.close();
    device.close();
  }

  private int[] download(DeviceRegion region) {
    int[] values = new int[(int) (region.sizeBytes() / 4)];
    device.download(region, MemorySegment.ofArray(values));
    return values;
  }

  private static MemorySegment ints(int... values) {
    return MemorySegment.ofArray(values);
  }
}
