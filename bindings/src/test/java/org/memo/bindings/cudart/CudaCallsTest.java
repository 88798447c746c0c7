package org.memo.bindings.cudart;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.bindings.cudart.generated.CudaRt;
import org.memo.bindings.cudart.generated.cudaHostFn_t;

/** Memory, streams and events of a GPU, or of the CUDA emulation. */
@Tag("cuda")
class CudaCallsTest {
  private static final long SIZE_BYTES = 1000;

  private CudaStreamHandle stream = new CudaStreamHandle(MemorySegment.NULL);

  @BeforeEach
  void requireADevice() {
    Optional<String> reason = CudaRuntime.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
    stream = CudaStreams.createStream();
  }

  @AfterEach
  void destroyTheStream() {
    if (CudaRuntime.unavailable().isEmpty()) {
      CudaStreams.destroy(stream);
    }
  }

  @Test
  void theDeviceIsDescribed() {
    assertFalse(CudaRuntime.deviceName(0).isEmpty());
    assertTrue(CudaRuntime.pciBusId(0).matches("[0-9A-Fa-f]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+\\.0"));
    assertTrue(CudaRuntime.attribute(DeviceAttribute.COMPUTE_CAPABILITY_MAJOR, 0) >= 8);
    assertEquals(32, CudaRuntime.attribute(DeviceAttribute.WARP_SIZE, 0));
    CudaMemoryInfo memory = CudaMemory.info();
    assertTrue(memory.freeBytes() > 0 && memory.freeBytes() <= memory.totalBytes());
  }

  @Test
  void bytesTravelToTheDeviceWithinItAndBack() {
    DeviceAddress from = CudaMemory.allocate("a test", SIZE_BYTES);
    DeviceAddress to = CudaMemory.allocate("a test", SIZE_BYTES);
    MemorySegment pinned = CudaMemory.allocateHost("a test", SIZE_BYTES);
    byte[] bytes = new byte[(int) SIZE_BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
    }
    MemorySegment.copy(bytes, 0, pinned, JAVA_BYTE, 0, bytes.length);
    CudaMemory.copyToDevice(from, pinned, stream);
    CudaMemory.copyOnDevice(to, from, SIZE_BYTES, stream);
    CudaMemory.fill(to.plus(10), 7, 20, stream);
    CudaMemory.copyToHost(pinned, to, stream);
    CudaStreams.synchronize(stream);
    Arrays.fill(bytes, 10, 30, (byte) 7);
    assertArrayEquals(bytes, pinned.toArray(JAVA_BYTE));
    assertFalse(CudaMemory.deviceAddressOf(pinned).equals(DeviceAddress.NONE));
    CudaMemory.freeHost(pinned);
    CudaMemory.free(to);
    CudaMemory.free(from);
  }

  @Test
  void memoryOfJavasIsPinnedWhereItLies() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(1 << 16, 4096);
      CudaMemory.registerHost("a test", memory);
      CudaException again =
          assertThrows(CudaException.class, () -> CudaMemory.registerHost("a test", memory));
      assertSays("cudaErrorHostMemoryAlreadyRegistered", again);
      CudaMemory.unregisterHost(memory);
      assertThrows(CudaException.class, () -> CudaMemory.unregisterHost(memory));
    }
  }

  @Test
  void tooLittleDeviceMemorySaysWhatForHowMuchAndHowMuchIsFree() {
    long tooMuch = CudaMemory.info().totalBytes() + 1;
    OutOfDeviceMemoryException e =
        assertThrows(
            OutOfDeviceMemoryException.class, () -> CudaMemory.allocate("the slab", tooMuch));
    assertSays("GPU memory for the slab: " + tooMuch + " bytes needed, ", e);
    assertTrue(e.bytesFree() > 0);
    assertEquals(CudaRt.cudaSuccess(), CudaRt.cudaPeekAtLastError());
  }

  @Test
  void whatTheHostCannotPinIsAnErrorOfTheHostsMemory() {
    assertThrows(
        OutOfHostMemoryException.class, () -> CudaMemory.allocateHost("the pool", 1L << 60));
    assertEquals(CudaRt.cudaSuccess(), CudaRt.cudaPeekAtLastError());
  }

  @Test
  void aFailedCallIsForgottenOnceItIsReported() {
    CudaException e = assertThrows(CudaException.class, () -> CudaRuntime.setDevice(12_345));
    assertEquals("cudaSetDevice", e.call());
    assertEquals(CudaRt.cudaErrorInvalidDevice(), e.code());
    assertEquals(CudaRt.cudaSuccess(), CudaRt.cudaPeekAtLastError());
  }

  @Test
  void aStreamWaitsForTheEventOfAnother() {
    CudaStreamHandle other = CudaStreams.createUrgentStream();
    CudaEventHandle event = CudaStreams.createEvent();
    CountDownLatch mayGoOn = new CountDownLatch(1);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment wait = cudaHostFn_t.allocate(data -> await(mayGoOn), arena);
      CudaStreams.launchHostFunction(other, wait, MemorySegment.NULL);
      CudaStreams.record(event, other);
      CudaStreams.awaitEvent(stream, event);
      CudaEventHandle done = CudaStreams.createEvent();
      CudaStreams.record(done, stream);
      assertFalse(CudaStreams.isDone(event));
      assertFalse(CudaStreams.isDone(stream));
      assertEquals(CudaRt.cudaSuccess(), CudaRt.cudaPeekAtLastError());
      mayGoOn.countDown();
      CudaStreams.synchronize(done);
      assertTrue(CudaStreams.isDone(event));
      CudaStreams.destroy(done);
      CudaStreams.synchronize(other);
    }
    CudaStreams.destroy(event);
    CudaStreams.destroy(other);
  }

  @Test
  void timingEventsMeasureWhatLiesBetweenThem() {
    CudaEventHandle start = CudaStreams.createTimingEvent();
    CudaEventHandle end = CudaStreams.createTimingEvent();
    CudaStreams.record(start, stream);
    CudaStreams.record(end, stream);
    CudaStreams.synchronize(end);
    assertTrue(CudaStreams.elapsedMillis(start, end) >= 0);
    CudaStreams.destroy(end);
    CudaStreams.destroy(start);
  }

  @Test
  void recordedWorkRunsWhenItIsLaunchedAndAgain() {
    DeviceAddress counter = CudaMemory.allocate("a test", SIZE_BYTES);
    MemorySegment pinned = CudaMemory.allocateHost("a test", SIZE_BYTES);
    CudaGraphs.beginCapture(stream);
    CudaMemory.fill(counter, 5, SIZE_BYTES, stream);
    CudaMemory.copyToHost(pinned, counter, stream);
    CudaGraphHandle graph = CudaGraphs.endCapture(stream);
    pinned.fill((byte) 0);
    assertEquals(0, pinned.get(JAVA_INT, 0));
    ExecutableGraphHandle executable = CudaGraphs.instantiate(graph);
    for (int run = 0; run < 2; run++) {
      pinned.fill((byte) 0);
      CudaGraphs.launch(executable, stream);
      CudaStreams.synchronize(stream);
      assertEquals(0x05050505, pinned.get(JAVA_INT, 0));
    }
    assertTrue(CudaGraphs.update(executable, graph));
    CudaGraphs.destroy(graph);
    CudaGraphs.destroy(executable);
    CudaMemory.freeHost(pinned);
    CudaMemory.free(counter);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
