package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * The loss of a chunk of tokens and, in place, its gradient: logits become {@code scale *
 * (softmax(logits) - onehot(target))}. A negative target does not count: its row becomes zero.
 *
 * @param logits [rows, V]
 * @param targets [rows] i32
 * @param lossSum [1] f64: the unscaled losses are added to it
 */
public record CrossEntropy(
    DeviceRegion logits,
    DeviceRegion targets,
    DeviceRegion lossSum,
    long rows,
    long vocab,
    float scale)
    implements Operation {
  public CrossEntropy {
    Shapes.requireFloats("logits", logits, rows, vocab);
    Shapes.requireInts("targets", targets, rows);
    Shapes.requireDoubles("lossSum", lossSum, 1);
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
