package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * {@code y[t] = table[ids[t]]}, or {@code +=} where accumulate.
 *
 * @param table [tableRows, cols]
 * @param ids [rows] i32
 * @param y [rows, cols]
 * @param type of table and y
 */
public record EmbeddingForward(
    DeviceRegion table,
    DeviceRegion ids,
    DeviceRegion y,
    long rows,
    long cols,
    long tableRows,
    boolean accumulate,
    ElementType type)
    implements Operation {
  public EmbeddingForward {
    Shapes.require("table", table, type, tableRows, cols);
    Shapes.requireInts("ids", ids, rows);
    Shapes.require("y", y, type, rows, cols);
  }

  /** In f32. */
  public EmbeddingForward(
      DeviceRegion table,
      DeviceRegion ids,
      DeviceRegion y,
      long rows,
      long cols,
      long tableRows,
      boolean accumulate) {
    this(table, ids, y, rows, cols, tableRows, accumulate, ElementType.F32);
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
