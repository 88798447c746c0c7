package org.memo.profile;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.device.host.HostDevice;
import org.memo.op.Gemm;
import org.memo.op.ZeroFill;

/** Measures the matrix products that a device can do: the limit that MFU is a share of. */
public final class MatrixPeak {
  private static final long SIZE = 1024;
  private static final long MATRIX_BYTES = SIZE * SIZE * Float.BYTES;
  private static final int RUNS = 8;

  private MatrixPeak() {}

  /** FLOP/s of a 1024 x 1024 x 1024 product in f32 on the host, the best of a few. */
  public static double ofHost(int threads) {
    try (HostDevice device = new HostDevice(3 * MATRIX_BYTES, 0, threads)) {
      return measure(device);
    }
  }

  private static double measure(Device device) {
    Stream stream = device.createStream("peak");
    DeviceRegion all = new DeviceRegion(0, 3 * MATRIX_BYTES);
    Gemm product =
        new Gemm(
            all.slice(0, MATRIX_BYTES),
            false,
            all.slice(MATRIX_BYTES, MATRIX_BYTES),
            false,
            all.slice(2 * MATRIX_BYTES, MATRIX_BYTES),
            false,
            SIZE,
            SIZE,
            SIZE);
    stream.submit(new ZeroFill(all));
    double best = 0;
    for (int i = 0; i < RUNS; i++) {
      stream.synchronize();
      long start = System.nanoTime();
      stream.submit(product);
      stream.synchronize();
      best = Math.max(best, product.flops() / ((System.nanoTime() - start) * 1e-9));
    }
    return best;
  }
}
