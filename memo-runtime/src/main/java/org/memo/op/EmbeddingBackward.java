package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code dtable[ids[t]] += dy[t]}, in the order of t, but for {@code ids[t] == skippedId}.
 *
 * @param dy [rows, cols]
 * @param ids [rows] i32
 * @param dtable [tableRows, cols]
 * @param skippedId an id that is not trained through the embedding; negative: none
 */
public record EmbeddingBackward(
    DeviceRegion dy,
    DeviceRegion ids,
    DeviceRegion dtable,
    long rows,
    long cols,
    long tableRows,
    long skippedId)
    implements Operation {
  public EmbeddingBackward {
    Shapes.requireFloats("dtable", dtable, tableRows, cols);
    Shapes.requireInts("ids", ids, rows);
    Shapes.requireFloats("dy", dy, rows, cols);
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
