package org.memo.op;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * A matrix product {@code c = op(a) * op(b)}, or {@code c += op(a) * op(b)}, of dense row-major
 * matrices.
 *
 * @param a [m, k], or [k, m] where transposeA
 * @param b [k, n], or [n, k] where transposeB
 * @param c [m, n]
 * @param accumulate adds to c instead of writing it
 */
public record Gemm(
    DeviceRegion a,
    boolean transposeA,
    DeviceRegion b,
    boolean transposeB,
    DeviceRegion c,
    boolean accumulate,
    long m,
    long n,
    long k)
    implements Operation {
  public Gemm {
    Shapes.requireFloats("a", a, m, k);
    Shapes.requireFloats("b", b, k, n);
    Shapes.requireFloats("c", c, m, n);
  }

  @Override
  public List<MemoryRegion> reads() {
    List<MemoryRegion> reads = new ArrayList<>(List.of(a, b));
    if (accumulate) {
      reads.add(c);
    }
    return reads;
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(c);
  }

  @Override
  public double flops() {
    return 2.0 * m * n * k;
  }
}
