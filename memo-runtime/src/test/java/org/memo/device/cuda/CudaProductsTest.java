package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.op.BiasForward;
import org.memo.op.Gemm;

/** What {@code ProductContract} does not say: biases within products, tuning, empty sums. */
@Tag("cuda")
class CudaProductsTest {
  private static final DeviceRegion A = new DeviceRegion(0, 24);
  private static final DeviceRegion B = new DeviceRegion(256, 48);
  private static final DeviceRegion C = new DeviceRegion(512, 32);
  private static final DeviceRegion BIAS = new DeviceRegion(768, 16);
  private static final Gemm PRODUCT = new Gemm(A, false, B, false, C, false, 2, 4, 3);

  /** Of a = [[1, 2, 3], [4, 5, 6]] and b = [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]]. */
  private static final float[] EXPECTED = {1, 2, 3, 6, 4, 5, 6, 15};

  private static final float[] EXPECTED_WITH_BIAS = {11, 22, 33, 46, 14, 25, 36, 55};

  @Test
  void aBiasThatFollowsItsProductIsAddedByIt() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0))) {
      Stream stream = device.createStream("compute");
      stream.submit(PRODUCT);
      stream.submit(new BiasForward(C, BIAS, 2, 4));
      stream.synchronize();
      assertArrayEquals(EXPECTED_WITH_BIAS, read(device));
      assertTrue(products(device).getFirst().contains("with bias"), device.decisions().toString());
    }
  }

  @Test
  void whatComesBetweenAProductAndItsBiasChangesNothing() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0))) {
      Stream stream = device.createStream("compute");
      Event event = device.createEvent("between");
      stream.submit(PRODUCT);
      stream.record(event);
      stream.submit(new BiasForward(C, BIAS, 2, 4));
      stream.synchronize();
      assertArrayEquals(EXPECTED_WITH_BIAS, read(device));
    }
  }

  @Test
  void anEventAfterAProductStandsForIt() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0))) {
      Stream stream = device.createStream("compute");
      Event event = device.createEvent("computed");
      stream.submit(PRODUCT);
      stream.record(event);
      event.synchronize();
      assertArrayEquals(EXPECTED, read(device));
    }
  }

  @Test
  void aBiasAtAnOddAddressIsAddedAfterwards() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0))) {
      DeviceRegion odd = new DeviceRegion(BIAS.offsetBytes() + 20, 16);
      device.upload(MemorySegment.ofArray(new float[] {10, 20, 30, 40}), odd);
      Stream stream = device.createStream("compute");
      stream.submit(PRODUCT);
      stream.submit(new BiasForward(C, odd, 2, 4));
      stream.synchronize();
      assertArrayEquals(EXPECTED_WITH_BIAS, read(device));
    }
  }

  @Test
  void tuningChangesNoResult() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0).tuningProducts())) {
      Stream stream = device.createStream("compute");
      stream.submit(PRODUCT);
      stream.submit(new BiasForward(C, BIAS, 2, 4));
      stream.submit(new Gemm(A, false, B, false, C, true, 2, 4, 3));
      stream.synchronize();
      float[] expected = EXPECTED_WITH_BIAS.clone();
      for (int i = 0; i < expected.length; i++) {
        expected[i] += EXPECTED[i];
      }
      assertArrayEquals(expected, read(device));
    }
  }

  @Test
  void aFormOfProductIsPlannedOnce() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0))) {
      Stream stream = device.createStream("compute");
      for (int i = 0; i < 3; i++) {
        stream.submit(PRODUCT);
        stream.submit(PRODUCT);
        stream.submit(new Gemm(A, false, B, false, C, true, 2, 4, 3));
      }
      stream.synchronize();
      assertEquals(2, products(device).size());
    }
  }

  @Test
  void anEmptySumIsZeroOrChangesNothing() {
    try (CudaDevice device = open(CudaOptions.ofEnvironment(0))) {
      Stream stream = device.createStream("compute");
      DeviceRegion none = new DeviceRegion(0, 0);
      stream.submit(PRODUCT);
      stream.submit(new Gemm(none, false, none, false, C, true, 2, 4, 0));
      stream.synchronize();
      assertArrayEquals(EXPECTED, read(device));
      stream.submit(new Gemm(none, false, none, false, C, false, 2, 4, 0));
      stream.submit(new BiasForward(C, BIAS, 2, 4));
      stream.submit(new Gemm(none, false, none, false, none, false, 0, 4, 0));
      stream.synchronize();
      assertArrayEquals(new float[] {10, 20, 30, 40, 10, 20, 30, 40}, read(device));
    }
  }

  private static CudaDevice open(CudaOptions options) {
    CudaDevice device = CudaDevice.open(options, 4096, 0, (pinned, total) -> {});
    device.upload(MemorySegment.ofArray(new float[] {1, 2, 3, 4, 5, 6}), A);
    device.upload(MemorySegment.ofArray(new float[] {1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1}), B);
    device.upload(MemorySegment.ofArray(new float[] {10, 20, 30, 40}), BIAS);
    return device;
  }

  private static List<String> products(CudaDevice device) {
    return device.decisions().stream().filter(line -> line.contains(" x ")).toList();
  }

  private static float[] read(CudaDevice device) {
    float[] values = new float[8];
    device.download(C, MemorySegment.ofArray(values));
    return values;
  }
}
