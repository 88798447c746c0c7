package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.DoesNotFitException;
import org.memo.bindings.cudart.CudaException;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.device.DeviceException;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.Operation;
import org.memo.op.ResidualAdd;
import org.memo.op.ZeroFill;

/** What becomes of a device when CUDA refuses; only the CUDA emulation refuses when asked. */
@Tag("cuda")
class CudaFailuresTest {
  private static final long SLAB_BYTES = 1 << 20;
  private static final long POOL_BYTES = 1 << 16;
  private static final long GPU_BYTES = 1L << 32;

  /** cudaErrorInvalidValue: the call itself failed. */
  private static final int INVALID_VALUE = 1;

  /** cudaErrorNotReady. */
  private static final int NOT_READY = 600;

  /** cudaErrorIllegalAddress: a kernel failed, and the GPU does no more for this process. */
  private static final int ILLEGAL_ADDRESS = 700;

  private static final DeviceRegion SOURCE = new DeviceRegion(0, 16);
  private static final DeviceRegion TARGET = new DeviceRegion(256, 16);
  private static final Operation KERNEL = new ResidualAdd(TARGET, SOURCE, 4);

  @BeforeEach
  void useTheEmulation() {
    CudaEmulation.assume();
    CudaEmulation.setMemory(GPU_BYTES);
  }

  @AfterEach
  void makeTheGpuWholeAgain() {
    CudaEmulation.forgetFailures();
    CudaEmulation.setMemory(GPU_BYTES);
  }

  @ParameterizedTest
  @CsvSource({
    "cudaMalloc, 1",
    "cudaHostRegister, 1",
    "cudaHostAlloc, 1",
    "cudaStreamCreateWithFlags, 1",
    "cudaEventCreateWithFlags, 1",
    "cudaEventCreateWithFlags, 2"
  })
  void aDeviceThatCannotBeOpenedKeepsNothing(String function, long nth) {
    Balance before = Balance.now();
    CudaEmulation.inject(function, nth, INVALID_VALUE);
    RuntimeException failure = assertThrows(RuntimeException.class, CudaFailuresTest::open);
    assertTrue(failure.getMessage().contains(function), failure.getMessage());
    Balance after = Balance.now();
    assertEquals(before.plusFailed(function), after);
    open().close();
    assertEquals(after, Balance.now());
  }

  @Test
  void aSlabLargerThanTheGpuIsRefusedWithBothSizes() {
    CudaEmulation.setMemory(SLAB_BYTES);
    DoesNotFitException refused =
        assertThrows(DoesNotFitException.class, () -> CudaDevice.open(0, 2 * SLAB_BYTES, 0));
    assertEquals(2 * SLAB_BYTES, refused.neededBytes());
    assertTrue(refused.availableBytes() <= SLAB_BYTES, "" + refused.availableBytes());
    String message = refused.getMessage();
    assertTrue(message.startsWith("the device slab needs 2097152 bytes of GPU 0"), message);
    assertTrue(message.contains("lower --device-memory"), message);
  }

  @Test
  void scratchThatDoesNotFitFailsTheOperationThatNeedsIt() {
    try (CudaDevice device = open()) {
      CudaEmulation.setMemory(2 * SLAB_BYTES);
      Stream stream = device.createStream("compute");
      stream.submit(KERNEL);
      String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
      assertTrue(message.contains("the scratch of a stream needs"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cudaMemcpyAsync", "cudaMemsetAsync", "cudaLaunchKernel"})
  void aCallThatFailsIsToldAtTheNextWaitWithItsOperation(String function) {
    try (CudaDevice device = open()) {
      HostRegion host = device.pool().allocate("a test", 16);
      for (Operation operation : operationsBy(function, host)) {
        Stream stream = device.createStream("compute");
        CudaEmulation.inject(function, 1, INVALID_VALUE);
        stream.submit(operation);
        String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
        String start = operation.name() + " failed on stream compute: ";
        assertTrue(message.startsWith(start), message);
        assertTrue(message.contains("cudaErrorInvalidValue (1)"), message);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cudaEventRecord", "cudaStreamWaitEvent", "cudaStreamSynchronize"})
  void aCallOfAStreamThatFailsIsToldAtTheNextWait(String function) {
    try (CudaDevice device = open()) {
      Stream first = device.createStream("first");
      Stream second = device.createStream("second");
      Event event = device.createEvent("event");
      CudaEmulation.inject(function, 1, INVALID_VALUE);
      String message = firstFailure(first, second, event);
      assertTrue(message.contains(function + " failed"), message);
    }
  }

  @Test
  void waitingForAnEventThatFailedIsTold() {
    try (CudaDevice device = open()) {
      Stream stream = device.createStream("compute");
      Event event = device.createEvent("copied");
      stream.record(event);
      CudaEmulation.inject("cudaEventSynchronize", 1, INVALID_VALUE);
      String message = assertThrows(DeviceException.class, event::synchronize).getMessage();
      assertTrue(message.startsWith("waiting for event copied of stream compute failed"), message);
    }
  }

  @Test
  void aKernelThatFailsLaterIsToldWithTheWayToFindIt() {
    CudaDevice device = open();
    Stream stream = device.createStream("compute");
    CudaEmulation.inject("kernel", 1, ILLEGAL_ADDRESS);
    stream.submit(KERNEL);
    String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
    assertTrue(message.contains("failed on stream compute: "), message);
    assertTrue(message.contains("cudaErrorIllegalAddress (700)"), message);
    assertTrue(message.contains("MEMO_CUDA_SYNC=1 waits after each"), message);
    closeBroken(device);
  }

  @Test
  void waitingAfterEachOperationNamesTheKernelThatFails() {
    CudaOptions waiting = CudaOptions.ofEnvironment(0).waitingAfterEachOperation();
    CudaDevice device = CudaDevice.open(waiting, SLAB_BYTES, POOL_BYTES, (pinned, total) -> {});
    Stream stream = device.createStream("compute");
    CudaEmulation.inject("kernel", 1, ILLEGAL_ADDRESS);
    stream.submit(KERNEL);
    stream.submit(new ZeroFill(TARGET));
    String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
    assertTrue(message.startsWith("ResidualAdd failed on stream compute: "), message);
    assertTrue(!message.contains("MEMO_CUDA_SYNC"), message);
    closeBroken(device);
  }

  @Test
  void anUploadAndADownloadThatFailAreTold() {
    try (CudaDevice device = open()) {
      MemorySegment memory = MemorySegment.ofArray(new byte[16]);
      assertFailsInCopy(
          "the upload of 16 bytes at 0 failed", d -> d.upload(memory, SOURCE), device);
      assertFailsInCopy(
          "the download of 16 bytes at 256 failed", d -> d.download(TARGET, memory), device);
    }
  }

  @Test
  void closingGoesOnPastWhatFails() {
    Balance before = Balance.now();
    CudaDevice device = open();
    device.createStream("compute").submit(KERNEL);
    device.createEvent("event");
    CudaEmulation.inject("cudaEventDestroy", 1, INVALID_VALUE);
    CudaEmulation.inject("cudaStreamDestroy", 1, INVALID_VALUE);
    CudaException first = assertThrows(CudaException.class, device::close);
    assertTrue(first.getMessage().contains("cudaEventDestroy"), first.getMessage());
    assertTrue(first.getSuppressed()[0].getMessage().contains("cudaStreamDestroy"));
    assertEquals(before, Balance.now());
    device.close();
  }

  private static CudaDevice open() {
    return CudaDevice.open(0, SLAB_BYTES, POOL_BYTES);
  }

  private static Operation[] operationsBy(String function, HostRegion host) {
    return switch (function) {
      case "cudaMemcpyAsync" ->
          new Operation[] {
            new CopyToHost(SOURCE, host),
            new CopyToDevice(host, TARGET),
            new CopyOnDevice(SOURCE, TARGET)
          };
      case "cudaMemsetAsync" -> new Operation[] {new ZeroFill(TARGET)};
      default -> new Operation[] {KERNEL};
    };
  }

  /** The second stream is told that what it waits for is not done. */
  private static String firstFailure(Stream first, Stream second, Event event) {
    first.record(event);
    CudaEmulation.inject("cudaEventQuery", 1, NOT_READY);
    second.await(event);
    return assertThrows(
            DeviceException.class,
            () -> {
              first.synchronize();
              second.synchronize();
            })
        .getMessage();
  }

  private static void assertFailsInCopy(
      String start, Consumer<CudaDevice> call, CudaDevice device) {
    CudaEmulation.inject("cudaMemcpyAsync", 1, INVALID_VALUE);
    String message = assertThrows(DeviceException.class, () -> call.accept(device)).getMessage();
    assertTrue(message.startsWith(start), message);
  }

  /** Every call fails from the failed kernel on, until the emulation forgets it. */
  private static void closeBroken(CudaDevice device) {
    long pool = device.pool().segment(new HostRegion(0, 0)).address();
    CudaException failure = assertThrows(CudaException.class, device::close);
    assertEquals(ILLEGAL_ADDRESS, failure.code());
    CudaEmulation.forgetFailures();
    CudaMemory.unregisterHost(MemorySegment.ofAddress(pool)); // other tests get this memory
  }

  /** Calls that take something, less those that give it back. */
  private record Balance(Map<String, Long> open) {
    private static final Map<String, String> PAIRS =
        Map.of(
            "cudaMalloc", "cudaFree",
            "cudaHostAlloc", "cudaFreeHost",
            "cudaHostRegister", "cudaHostUnregister",
            "cudaStreamCreateWithFlags", "cudaStreamDestroy",
            "cudaEventCreateWithFlags", "cudaEventDestroy");

    static Balance now() {
      Map<String, Long> open = new TreeMap<>();
      PAIRS.forEach(
          (take, give) -> open.put(take, CudaEmulation.calls(take) - CudaEmulation.calls(give)));
      return new Balance(open);
    }

    /** With one call more, which took nothing. */
    Balance plusFailed(String take) {
      Map<String, Long> more = new TreeMap<>(open);
      more.merge(take, 1L, Long::sum);
      return new Balance(more);
    }
  }
}
