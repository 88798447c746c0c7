package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The loss of a chunk of tokens and, in place, its gradient: logits become {@code scale *
 * (softmax(logits) - onehot(target))}. A negative target does not count: its row becomes zero.
 *
 * @param logits [rows, V]
 * @param targets [rows] i32
 * @param lossSum [1] f64: the unscaled losses are added to it
 * @param type of logits
 */
public record CrossEntropy(
    DeviceRegion logits,
    DeviceRegion targets,
    DeviceRegion lossSum,
    long rows,
    long vocab,
    float scale,
    ElementType type)
    implements Operation {
  public CrossEntropy {
    Shapes.require("logits", logits, type, rows, vocab);
    Shapes.requireInts("targets", targets, rows);
    Shapes.requireDoubles("lossSum", lossSum, 1);
  }

  /** In f32. */
  public CrossEntropy(
      DeviceRegion logits,
      DeviceRegion targets,
      DeviceRegion lossSum,
      long rows,
      long vocab,
      float scale) {
    this(logits, targets, lossSum, rows, vocab, scale, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(logits, targets, lossSum);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(logits, lossSum);
  }

  @Override
  public double flops() {
    return 8.0 * rows * vocab;
  }
}
