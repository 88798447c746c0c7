package org.memo.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaEmulation;
import org.memo.device.cuda.CudaOptions;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.EmbeddingForward;
import org.memo.op.Gemm;
import org.memo.op.ResidualAdd;
import org.memo.op.ZeroFill;

/** A GPU that is given its work as CUDA graphs holds to the same contract. */
@Tag("cuda")
class CudaGraphsTest extends ComputingDeviceContract {
  private static final DeviceRegion SUM = new DeviceRegion(0, 16);
  private static final DeviceRegion PART = new DeviceRegion(256, 16);

  /** cudaErrorInvalidValue. */
  private static final int INVALID_VALUE = 1;

  @Override
  Device open(long slabBytes, long poolBytes) {
    return CudaDevice.open(
        CudaOptions.ofEnvironment(0).withGraphs(), slabBytes, poolBytes, (pinned, total) -> {});
  }

  @Test
  void aProgramThatComesAgainIsCapturedOnceAndLaunchedAgain() {
    Stream stream = device.createStream("compute");
    upload(SUM, 0, 0, 0, 0);
    upload(PART, 1, 2, 3, 4);
    for (int i = 0; i < 5; i++) {
      stream.submit(new ResidualAdd(SUM, PART, 4));
      stream.submit(new ResidualAdd(SUM, PART, 4));
      stream.synchronize();
    }
    assertArrayEquals(new float[] {10, 20, 30, 40}, download(SUM));
    assertReport("CUDA graphs: 4 launched, 1 captured");
  }

  @Test
  void aProgramWithOtherPlacesUpdatesAnOlderGraph() {
    Stream stream = device.createStream("compute");
    upload(SUM, 0, 0, 0, 0);
    for (int round = 0; round < 8; round++) {
      DeviceRegion part = new DeviceRegion(256 + 64 * round, 16);
      upload(part, round, 1, 1, 1);
      stream.submit(new ResidualAdd(SUM, part, 4));
      stream.synchronize();
    }
    assertArrayEquals(new float[] {28, 8, 8, 8}, download(SUM));
    assertReport("CUDA graphs: 7 launched, 7 captured");
  }

  @Test
  void streamsOfAGraphWaitForEachOther() {
    Stream compute = device.createStream("compute");
    Stream offload = device.createStream("offload");
    Event computed = device.createEvent("computed");
    Event offloaded = device.createEvent("offloaded");
    HostRegion host = device.pool().allocate("a test", 16);
    upload(SUM, 0, 0, 0, 0);
    upload(PART, 1, 2, 3, 4);
    for (int step = 1; step <= 4; step++) {
      compute.await(offloaded);
      compute.submit(new ResidualAdd(SUM, PART, 4));
      compute.record(computed);
      offload.await(computed);
      offload.submit(new CopyToHost(SUM, host));
      offload.record(offloaded);
      compute.await(offloaded);
      compute.submit(new ZeroFill(SUM));
      offloaded.synchronize();
      assertEquals(4f, device.pool().segment(host).getAtIndex(ValueLayout.JAVA_FLOAT, 3));
    }
    compute.synchronize();
    assertArrayEquals(new float[4], download(SUM));
    assertReport("CUDA graphs: 3 launched, 1 captured");
  }

  /** Graphs, and what runs call by call, come in the order in which they were given. */
  @Test
  void programsOfManyFormsRunInOrder() {
    Stream compute = device.createStream("compute");
    Stream copy = device.createStream("copy");
    Event event = device.createEvent("event");
    HostRegion host = device.pool().allocate("a test", 16);
    device.pool().segment(host).copyFrom(MemorySegment.ofArray(new float[] {1, 1, 1, 1}));
    upload(SUM, 0, 0, 0, 0);
    Random random = new Random(5);
    int sum = 0;
    for (int program = 0; program < 200; program++) {
      int adds = 1 + random.nextInt(20);
      copy.await(event);
      copy.submit(new CopyToDevice(host, PART));
      copy.record(event);
      compute.await(event);
      for (int i = 0; i < adds; i++) {
        compute.submit(new ResidualAdd(SUM, PART, 4));
      }
      compute.record(event);
      sum += adds;
      if (program % 3 == 0) {
        copy.synchronize();
      } else {
        event.synchronize();
      }
    }
    compute.synchronize();
    assertArrayEquals(new float[] {sum, sum, sum, sum}, download(SUM));
  }

  @Test
  void badDataIsToldWithItsOperation() {
    Stream stream = device.createStream("compute");
    DeviceRegion ids = new DeviceRegion(512, 4);
    for (int step = 1; step <= 3; step++) {
      device.upload(MemorySegment.ofArray(new int[] {step == 3 ? 7 : 1}), ids);
      stream.submit(new EmbeddingForward(SUM, ids, new DeviceRegion(1024, 8), 1, 2, 2, false));
      if (step < 3) {
        stream.synchronize();
      }
    }
    String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
    assertEquals("EmbeddingForward failed on stream compute: ids[0]=7 is out of range", message);
  }

  @Test
  void whatCannotBeCapturedRunsCallByCall() {
    CudaEmulation.assume();
    Stream stream = device.createStream("compute");
    upload(SUM, 0, 0, 0, 0);
    upload(PART, 1, 2, 3, 4);
    for (int i = 0; i < 3; i++) {
      CudaEmulation.inject("cudaGraphInstantiate", 1, INVALID_VALUE);
      stream.submit(new ResidualAdd(SUM, PART, 4));
      stream.synchronize();
    }
    CudaEmulation.forgetFailures();
    assertArrayEquals(new float[] {3, 6, 9, 12}, download(SUM));
    assertReport("CUDA graphs: 0 launched, 2 captured");
  }

  @Test
  void aGraphThatCannotBeUpdatedIsGivenBack() {
    CudaEmulation.assume();
    Stream stream = device.createStream("compute");
    upload(SUM, 0, 0, 0, 0);
    long destroyed = CudaEmulation.calls("cudaGraphExecDestroy");
    for (int round = 0; round < 4; round++) {
      DeviceRegion part = new DeviceRegion(256 + 64 * round, 16);
      upload(part, 1, 1, 1, 1);
      if (round == 3) {
        CudaEmulation.inject("cudaGraphExecUpdate", 1, INVALID_VALUE);
      }
      stream.submit(new ResidualAdd(SUM, part, 4));
      stream.synchronize();
    }
    CudaEmulation.forgetFailures();
    assertArrayEquals(new float[] {4, 4, 4, 4}, download(SUM));
    assertEquals(destroyed + 1, CudaEmulation.calls("cudaGraphExecDestroy"));
  }

  /** The capture records the event anew, and the wait is for the record before. */
  @Test
  void whatCouldNotBeCapturedStillWaitsForEarlierPrograms() {
    CudaEmulation.assume();
    Stream compute = device.createStream("compute");
    Stream copy = device.createStream("copy");
    Event copied = device.createEvent("copied");
    HostRegion host = device.pool().allocate("a test", 16);
    upload(SUM, 0, 0, 0, 0);
    for (int round = 1; round <= 2; round++) {
      device.pool().segment(host).setAtIndex(ValueLayout.JAVA_FLOAT, 0, round);
      submitProducts(copy, 10 + round); // a form of its own, which runs call by call
      copy.submit(new CopyToDevice(host, PART));
      copy.record(copied);
      compute.synchronize();
      if (round == 2) {
        CudaEmulation.inject("cudaGraphInstantiate", 1, INVALID_VALUE);
      }
      compute.await(copied);
      compute.submit(new ResidualAdd(SUM, PART, 4));
      copy.record(copied);
      compute.synchronize();
    }
    CudaEmulation.forgetFailures();
    assertEquals(3f, download(SUM)[0]);
  }

  @Test
  void aLaunchThatFailsIsToldAtTheWait() {
    CudaEmulation.assume();
    Stream stream = device.createStream("compute");
    for (int i = 0; i < 2; i++) {
      stream.submit(new CopyOnDevice(SUM, PART));
      stream.synchronize();
    }
    CudaEmulation.inject("cudaGraphLaunch", 1, INVALID_VALUE);
    stream.submit(new CopyOnDevice(SUM, PART));
    String message = assertThrows(DeviceException.class, stream::synchronize).getMessage();
    assertTrue(message.startsWith("the launch of a graph failed on stream compute"), message);
  }

  @Test
  void nothingIsReservedForProgramsThatComeAgain() {
    Stream stream = device.createStream("compute");
    long[] counts = new long[4];
    for (int i = 0; i < counts.length; i++) {
      stream.submit(new Gemm(SUM, false, SUM, false, PART, false, 2, 2, 2));
      stream.submit(new ResidualAdd(SUM, PART, 4));
      stream.synchronize();
      counts[i] = device.allocations();
    }
    assertEquals(counts[0], counts[3]);
  }

  private static void submitProducts(Stream stream, int count) {
    int size = 256;
    DeviceRegion square = new DeviceRegion(1 << 18, 4L * size * size);
    DeviceRegion product = new DeviceRegion(1 << 19, 4L * size * size);
    for (int i = 0; i < count; i++) {
      stream.submit(new Gemm(square, false, square, false, product, false, size, size, size));
    }
  }

  private void upload(DeviceRegion region, float... values) {
    device.upload(MemorySegment.ofArray(values), region);
  }

  private float[] download(DeviceRegion region) {
    float[] values = new float[(int) (region.sizeBytes() / 4)];
    device.download(region, MemorySegment.ofArray(values));
    return values;
  }

  private void assertReport(String expected) {
    assertEquals(expected, ((CudaDevice) device).decisions().getLast());
  }
}
