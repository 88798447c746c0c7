package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.Block.Part;
import org.memo.planner.trace.TensorLife;

/**
 * Makes a chain of passes one block: a rectangle for each pass, every second one on its head, and
 * one for each border tensor where it is alive outside of the passes.
 */
final class ChainBuilder {

  private final Problem rooms;
  private final List<Part> parts = new ArrayList<>();
  private final Map<Integer, Long> offsets = new LinkedHashMap<>();
  private long base; // of the present pass
  private boolean mirrored;

  private ChainBuilder(Problem rooms) {
    this.rooms = rooms;
  }

  /**
   * The block.
   *
   * @param plans of the chain's passes
   * @param rooms the trace's tensors
   */
  static BlockPlan plan(PassChain chain, List<PassPlan> plans, Problem rooms) {
    return new ChainBuilder(rooms).build(chain, plans);
  }

  private BlockPlan build(PassChain chain, List<PassPlan> plans) {
    long height = 0;
    for (int i = 0; i < chain.windows().size(); i++) {
      PassPlan plan = plans.get(i);
      if (i > 0) {
        turnOver(height - plan.heightBytes());
      }
      height = plan.heightBytes();
      addWindow(chain.windows().get(i), height);
      place(chain.windows().get(i), plan);
    }
    addBorders(chain);
    long longestPass =
        chain.windows().stream().mapToLong(pass -> pass.end() - pass.start()).max().orElseThrow();
    return new BlockPlan(new Block(parts, longestPass), offsets);
  }

  /** The border between two passes is at the top of both, then at the bottom of both. */
  private void turnOver(long lessHeight) {
    if (!mirrored) {
      base += lessHeight;
    }
    mirrored = !mirrored;
  }

  private void addWindow(PassWindow window, long height) {
    if (height == 0) {
      return;
    }
    Part part = new Part(window.start(), window.end(), base, height);
    Part last = parts.isEmpty() ? part : parts.getLast();
    if (last.upper() == part.lower()
        && last.bottomBytes() == base
        && last.heightBytes() == height) {
      parts.removeLast();
      part = new Part(last.lower(), part.upper(), base, height);
    }
    parts.add(part);
  }

  private void place(PassWindow window, PassPlan plan) {
    plan.offsetsBytes()
        .forEach((position, offset) -> {
          long roomBytes = window.shape().steps().get(position).roomBytes();
          long fromBase = mirrored ? plan.mirroredBytes(offset, roomBytes) : offset;
          offsets.put(window.tensors().get(position), base + fromBase);
        });
  }

  private void addBorders(PassChain chain) {
    PassWindow first = chain.windows().getFirst();
    for (int position : chain.incoming().getFirst()) {
      addBorder(first, position, life(first, position).lower(), first.start());
    }
    for (int i = 0; i < chain.windows().size(); i++) {
      PassWindow window = chain.windows().get(i);
      boolean last = i == chain.windows().size() - 1;
      for (int position : chain.outgoing().get(i)) {
        long until = last ? life(window, position).upper() : chain.windows().get(i + 1).start();
        addBorder(window, position, window.end(), until);
      }
    }
  }

  private void addBorder(PassWindow window, int position, long lower, long upper) {
    Long offset = offsets.get(window.tensors().get(position));
    // What a pass frees at once is not in its plan: level 2 places it by itself.
    if (offset != null && lower < upper) {
      parts.add(new Part(lower, upper, offset, life(window, position).sizeBytes()));
    }
  }

  private TensorLife life(PassWindow window, int position) {
    return rooms.buffers().get(window.tensors().get(position));
  }
}
