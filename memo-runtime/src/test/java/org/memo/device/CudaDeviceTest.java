package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.memo.bindings.MissingLibraryException;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaOptions;
import org.memo.op.AllReduceDoubles;
import org.memo.op.CopyOnDevice;
import org.memo.op.EmbeddingForward;
import org.memo.op.Gemm;
import org.memo.op.ResidualAdd;
import org.memo.op.ZeroFill;

/** On a GPU, or on the CUDA emulation. */
@Tag("cuda")
class CudaDeviceTest extends ComputingDeviceContract {
  @Override
  Device open(long slabBytes, long poolBytes) {
    return CudaDevice.open(0, slabBytes, poolBytes);
  }

  @Test
  void itsNameSaysWhichGpuRuns() {
    assertTrue(device.name().startsWith("cuda:0 ("), device.name());
  }

  @Test
  void aGpuThatIsNotThereIsRefusedWithThoseThatAre() {
    assertRefused(
        MissingLibraryException.class, "there is no GPU 99", () -> CudaDevice.open(99, 0, 0));
  }

  @Test
  void anotherThreadIsRefusedByName() {
    Stream stream = device.createStream("compute");
    Event event = device.createEvent("event");
    String reason = "is used by thread \"stranger\"";
    assertRefusedElsewhere(reason, () -> device.createStream("other"));
    assertRefusedElsewhere(reason, () -> device.createEvent("other"));
    assertRefusedElsewhere(reason, () -> stream.submit(new ZeroFill(new DeviceRegion(0, 4))));
    assertRefusedElsewhere(reason, () -> stream.record(event));
    assertRefusedElsewhere(reason, () -> stream.await(event));
    assertRefusedElsewhere(reason, stream::synchronize);
    assertRefusedElsewhere(reason, stream::stalledNanos);
    assertRefusedElsewhere(reason, event::synchronize);
    MemorySegment four = MemorySegment.ofArray(new byte[4]);
    assertRefusedElsewhere(reason, () -> device.upload(four, new DeviceRegion(0, 4)));
    assertRefusedElsewhere(reason, () -> device.download(new DeviceRegion(0, 4), four));
    assertRefusedElsewhere(reason, device::close);
  }

  @Test
  void aVirtualThreadDrivesNoGpu() throws Exception {
    FutureTask<String> task =
        new FutureTask<>(
            () -> assertThrows(IllegalStateException.class, () -> open(128, 0)).getMessage());
    Thread.ofVirtual().start(task);
    assertTrue(task.get().contains("virtual thread"), task.get());
  }

  @Test
  void aClosedDeviceIsRefused() {
    Stream stream = device.createStream("compute");
    Event event = device.createEvent("event");
    stream.record(event);
    device.close();
    assertRefused(IllegalStateException.class, "is closed", stream::synchronize);
    assertRefused(IllegalStateException.class, "is closed", event::synchronize);
    assertRefused(IllegalStateException.class, "is closed", () -> device.createStream("late"));
  }

  @Test
  void anEventOfAnotherDeviceIsRefused() {
    try (Device other = open(128, 0)) {
      Event foreign = other.createEvent("foreign");
      Stream stream = device.createStream("compute");
      String reason = "event foreign is of another device";
      assertRefused(IllegalArgumentException.class, reason, () -> stream.record(foreign));
      assertRefused(IllegalArgumentException.class, reason, () -> stream.await(foreign));
    }
  }

  @Test
  void aCopyOfAnotherSizeIsRefused() {
    MemorySegment four = MemorySegment.ofArray(new byte[4]);
    DeviceRegion eight = new DeviceRegion(0, 8);
    String reason = "segment of 4 bytes, region of 8";
    assertRefused(IllegalArgumentException.class, reason, () -> device.upload(four, eight));
    assertRefused(IllegalArgumentException.class, reason, () -> device.download(eight, four));
  }

  @Test
  void transfersLargerThanTheirBuffersAreWhole() {
    long bytes = (20 << 20) + 12;
    try (Device large = open(bytes, 0)) {
      int[] values = new int[(int) (bytes / 4)];
      for (int i = 0; i < values.length; i++) {
        values[i] = 31 * i;
      }
      large.upload(MemorySegment.ofArray(values), new DeviceRegion(0, bytes));
      MemorySegment back = MemorySegment.ofArray(new int[values.length]);
      large.download(new DeviceRegion(0, bytes), back);
      assertEquals(-1, back.mismatch(MemorySegment.ofArray(values)));
    }
  }

  @Test
  void whatFollowsAFailedOperationIsPassedOver() {
    Stream stream = device.createStream("compute");
    DeviceRegion region = new DeviceRegion(512, 4);
    device.upload(MemorySegment.ofArray(new int[] {7}), region);
    stream.submit(new ZeroFill(new DeviceRegion(SLAB_BYTES - 4, 8)));
    stream.submit(new ZeroFill(region));
    for (int i = 0; i < 2; i++) {
      DeviceException failure = assertThrows(DeviceException.class, stream::synchronize);
      assertTrue(failure.getMessage().startsWith("ZeroFill failed on stream compute"));
    }
    int[] value = new int[1];
    device.download(region, MemorySegment.ofArray(value));
    assertEquals(7, value[0]);
  }

  @Test
  void otherStreamsGoOnAfterAFailedOperation() {
    Stream failing = device.createStream("failing");
    Stream other = device.createStream("other");
    Event event = device.createEvent("event");
    failing.submit(new ZeroFill(new DeviceRegion(SLAB_BYTES, 8)));
    failing.record(event);
    other.await(event);
    other.submit(new ZeroFill(new DeviceRegion(0, 8)));
    other.synchronize();
    assertThrows(DeviceException.class, failing::synchronize);
  }

  @Test
  void waitingAfterEachOperationNamesTheOneWithBadData() {
    CudaOptions waiting = CudaOptions.ofEnvironment(0).waitingAfterEachOperation();
    try (Device own = CudaDevice.open(waiting, SLAB_BYTES, 0, (pinned, total) -> {})) {
      Stream stream = own.createStream("compute");
      DeviceRegion ids = new DeviceRegion(0, 4);
      own.upload(MemorySegment.ofArray(new int[] {-7}), ids);
      stream.submit(
          new EmbeddingForward(
              new DeviceRegion(128, 16), ids, new DeviceRegion(256, 8), 1, 2, 2, false));
      assertRefused(
          DeviceException.class,
          "EmbeddingForward failed on stream compute: ids[0]=-7",
          stream::synchronize);
    }
  }

  @Test
  void aCollectiveOfSeveralRanksIsRefused() {
    Stream stream = device.createStream("compute");
    stream.submit(new AllReduceDoubles(new DeviceRegion(0, 8), 2));
    assertRefused(DeviceException.class, "over ranks=2", stream::synchronize);
  }

  @Test
  void nothingIsReservedOnceEachStreamHasWorked() {
    Stream stream = device.createStream("compute");
    work(stream);
    long before = device.allocations();
    for (int i = 0; i < 50; i++) {
      work(stream);
    }
    assertEquals(before, device.allocations());
    assertTrue(before >= 4, "slab, pool, staging and scratch count: " + before);
  }

  @Test
  void streamsThatOnlyCopyTakeNoScratch() {
    long before = device.allocations();
    Stream stream = device.createStream("copy");
    stream.submit(new CopyOnDevice(new DeviceRegion(0, 64), new DeviceRegion(64, 64)));
    stream.synchronize();
    assertEquals(before, device.allocations());
  }

  @Test
  void thePinningOfThePoolIsTold() {
    long poolBytes = 3 << 20;
    long[] told = new long[2];
    try (Device own =
        CudaDevice.open(
            CudaOptions.ofEnvironment(0),
            128,
            poolBytes,
            (pinned, total) -> {
              told[0] = pinned;
              told[1] = total;
            })) {
      HostRegion last = own.pool().allocate("a test", poolBytes);
      own.pool().segment(last).set(ValueLayout.JAVA_BYTE, poolBytes - 1, (byte) 1);
    }
    assertEquals(poolBytes, told[0]);
    assertEquals(poolBytes, told[1]);
  }

  private static void work(Stream stream) {
    DeviceRegion four = new DeviceRegion(0, 16);
    DeviceRegion sum = new DeviceRegion(256, 16);
    stream.submit(new Gemm(four, false, four, false, sum, false, 2, 2, 2));
    stream.submit(new ResidualAdd(sum, four, 4));
    stream.synchronize();
  }

  private static <T extends Throwable> void assertRefused(
      Class<T> type, String reason, Executable call) {
    String message = assertThrows(type, call).getMessage();
    assertTrue(message.contains(reason), message);
  }

  private static void assertRefusedElsewhere(String reason, Runnable call) {
    Callable<String> refused =
        () -> assertThrows(IllegalStateException.class, call::run).getMessage();
    FutureTask<String> task = new FutureTask<>(refused);
    Thread stranger = Thread.ofPlatform().name("stranger").start(task);
    try {
      stranger.join();
      assertFalse(task.get().isEmpty());
      assertTrue(task.get().contains(reason), task.get());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
