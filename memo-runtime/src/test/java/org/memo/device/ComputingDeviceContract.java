package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.EmbeddingForward;
import org.memo.op.ZeroFill;

/** What a device holds to that runs operations: memory, copies, order and failures. */
abstract class ComputingDeviceContract extends DeviceContract {
  @Test
  void whatIsUploadedIsDownloaded() {
    DeviceRegion region = new DeviceRegion(256, 12);
    device.upload(ints(1, 2, 3), region);
    assertArrayEquals(new int[] {1, 2, 3}, download(region));
  }

  @Test
  void copiesGoThereAndBackThroughThePool() {
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
  void aFailedOperationSurfacesAtTheNextWaitWithItsNameAndStream() {
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
    Stream stream = device.createStream("compute");
    stream.submit(new ZeroFill(new DeviceRegion(SLAB_BYTES - 4, 8)));
    assertThrows(DeviceException.class, stream::synchronize);
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
