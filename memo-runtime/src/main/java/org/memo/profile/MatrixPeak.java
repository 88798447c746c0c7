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

  /** A process starts slowly: pages, compiled products, clocks, the team of threads. */
  private static final int RUNS_WITHOUT_A_BETTER = 12;

  private MatrixPeak() {}

  /** FLOP/s of a 1024 x 1024 x 1024 product in f32 on the host, the best until no better comes. */
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
    for (int since = 0; since < RUNS_WITHOUT_A_BETTER; since++) {
      stream.synchronize();
      long start = System.nanoTime();
      stream.submit(product);
      stream.synchronize();
      double rate = product.flops() / ((System.nanoTime() - start) * 1e-9);
      if (rate > best) {
        best = rate;
        since = 0;
      }
    }
    return best;
  }
}
