package org.memo.op;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * A matrix product {@code c = op(a) * op(b)}, or {@code c += op(a) * op(b)}, of dense row-major
 * matrices.
 *
 * @param a [m, k], or [k, m] where transposeA
 * @param b [k, n], or [n, k] where transposeB
 * @param c [m, n]
 * @param accumulate adds to c instead of writing it
 * @param type of a and b; sums are f32 whatever it is
 * @param outType of c: f32 where it is the gradient of a weight
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
    long k,
    ElementType type,
    ElementType outType)
    implements Operation {
  public Gemm {
    Shapes.require("a", a, type, m, k);
    Shapes.require("b", b, type, k, n);
    Shapes.require("c", c, outType, m, n);
  }

  /** In f32. */
  public Gemm(
      DeviceRegion a,
      boolean transposeA,
      DeviceRegion b,
      boolean transposeB,
      DeviceRegion c,
      boolean accumulate,
      long m,
      long n,
      long k) {
    this(a, transposeA, b, transposeB, c, accumulate, m, n, k, ElementType.F32, ElementType.F32);
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
