package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * {@code y[t] = table[ids[t]]}, or {@code +=} where accumulate.
 *
 * @param table [tableRows, cols]
 * @param ids [rows] i32
 * @param y [rows, cols]
 */
public record EmbeddingForward(
    DeviceRegion table,
    DeviceRegion ids,
    DeviceRegion y,
    long rows,
    long cols,
    long tableRows,
    boolean accumulate)
    implements Operation {
  public EmbeddingForward {
    Shapes.requireFloats("table", table, tableRows, cols);
    Shapes.requireInts("ids", ids, rows);
    Shapes.requireFloats("y", y, rows, cols);
  }

  @Override
  public List<MemoryRegion> reads() {
    return accumulate ? List.of(table, ids, y) : List.of(table, ids);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(y);
  }
}
