package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code dtable[ids[t]] += dy[t]}, but for {@code ids[t] == skippedId}, in an order of t that does
 * not depend on timing.
 *
 * @param dy [rows, cols]
 * @param ids [rows] i32
 * @param dtable [tableRows, cols] f32
 * @param skippedId an id that is not trained through the embedding; negative: none
 * @param type of dy
 */
public record EmbeddingBackward(
    DeviceRegion dy,
    DeviceRegion ids,
    DeviceRegion dtable,
    long rows,
    long cols,
    long tableRows,
    long skippedId,
    ElementType type)
    implements Operation {
  public EmbeddingBackward {
    Shapes.requireFloats("dtable", dtable, tableRows, cols);
    Shapes.requireInts("ids", ids, rows);
    Shapes.require("dy", dy, type, rows, cols);
  }

  /** In f32. */
  public EmbeddingBackward(
      DeviceRegion dy,
      DeviceRegion ids,
      DeviceRegion dtable,
      long rows,
      long cols,
      long tableRows,
      long skippedId) {
    this(dy, ids, dtable, rows, cols, tableRows, skippedId, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(dy, ids, dtable);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(dtable);
  }

  @Override
  public double flops() {
    return 1.0 * rows * cols;
  }
}
