package org.memo.plan;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.memo.planner.cost.AttentionFlops;
import org.memo.planner.cost.AttentionRate;
import org.memo.planner.cost.CopyBandwidth;
import org.memo.planner.cost.CopyRate;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.planner.cost.LinkRate;
import org.memo.planner.cost.MatrixRate;
import org.memo.planner.cost.MemoryRate;
import org.memo.planner.cost.Sourced;

/**
 * The processor that the host device runs on, in round figures. They are fixed, so that a plan for
 * the host device does not depend on how busy the machine is; {@code docs/performance.md} says what
 * was measured. {@code memo profile} measures a machine for predictions.
 */
public final class HostHardware {
  private static final double FLOPS_PER_THREAD = 150e9;
  private static final double ATTENTION_FLOPS_PER_THREAD = 140e9;
  private static final double BYTES_PER_SECOND = 40e9;
  private static final double COPY_BYTES_PER_SECOND = 6e9;

  private HostHardware() {}

  /** What planning for the host device goes by. */
  public static CostModel roundFigures(int threads) {
    Sourced flops = round(FLOPS_PER_THREAD * threads);
    Sourced attention = round(ATTENTION_FLOPS_PER_THREAD * threads);
    LinkRate link = new LinkRate(round(BYTES_PER_SECOND), round(1), round(1e-5), round(1e-6));
    CopyBandwidth copy =
        new CopyBandwidth(round(COPY_BYTES_PER_SECOND), round(COPY_BYTES_PER_SECOND));
    SortedMap<Integer, AttentionFlops> byHeadSize =
        new TreeMap<>(Map.of(64, new AttentionFlops(attention, attention)));
    Hardware host =
        new Hardware(
            "host",
            "a server's processor",
            1,
            round(1L << 60),
            round(1),
            round(1L << 60),
            round(5e-6),
            byType(new MatrixRate(flops, flops, round(1024), round(4096), round(16))),
            byType(new AttentionRate(round(256), byHeadSize)),
            new MemoryRate(round(BYTES_PER_SECOND), round(1), new TreeMap<>()),
            new CopyRate(copy, copy, round(0.6), round(1e-5)),
            link,
            link);
    return new CostModel(host, 1);
  }

  private static <T> SortedMap<ElementType, T> byType(T rate) {
    SortedMap<ElementType, T> rates = new TreeMap<>();
    for (ElementType type : List.of(ElementType.values())) {
      rates.put(type, rate);
    }
    return rates;
  }

  private static Sourced round(double value) {
    return new Sourced(value, "round figure");
  }
}
