package org.memo.planner.allocation.bilevel;

import java.util.HashMap;
import java.util.Map;
import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/**
 * A block, and what is in it.
 *
 * @param block what level 2 places
 * @param offsetsBytes from the block's base, by tensor
 */
record BlockPlan(Block block, Map<Integer, Long> offsetsBytes) {

  BlockPlan {
    offsetsBytes = Map.copyOf(offsetsBytes);
  }

  static BlockPlan single(int tensor, TensorLife life) {
    Block block = Block.of(life.lower(), life.upper(), life.sizeBytes());
    return new BlockPlan(block, Map.of(tensor, 0L));
  }

  /** The same upside down. */
  BlockPlan mirrored(Problem rooms) {
    long edges = block.bottomBytes() + block.topBytes();
    Map<Integer, Long> offsets = new HashMap<>();
    offsetsBytes.forEach((tensor, offset) ->
        offsets.put(tensor, edges - offset - rooms.buffers().get(tensor).sizeBytes()));
    return new BlockPlan(block.mirrored(), offsets);
  }
}
