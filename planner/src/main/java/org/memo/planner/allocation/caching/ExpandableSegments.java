package org.memo.planner.allocation.caching;

import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.caching.Block.State;

/** One range of addresses without end, to which memory is mapped, and unmapped, step by step. */
final class ExpandableSegments implements Segments {

  private static final long ADDRESSES = 1L << 62;

  private final DeviceMemory device;
  private final long stepBytes;
  private final TreeSet<Block> unmapped = new TreeSet<>(Block.BY_ADDRESS);
  private long mappedBytes = 0;

  ExpandableSegments(DeviceMemory device, long stepBytes) {
    this.device = device;
    this.stepBytes = stepBytes;
    unmapped.add(new Block(0, ADDRESSES / stepBytes * stepBytes, State.UNMAPPED));
  }

  @Override
  public @Nullable Block reserve(Pool pool, long sizeBytes) {
    for (Block hole : unmapped) {
      Block below = hole.below;
      Block start = below != null && below.state == State.FREE ? below : hole;
      if (roomFrom(start, sizeBytes)) {
        return grow(pool, start, sizeBytes);
      }
    }
    return null;
  }

  /** Whether so many bytes from here on are free or have no memory yet. */
  private static boolean roomFrom(Block start, long sizeBytes) {
    long room = 0;
    for (Block block = start; block != null && room < sizeBytes; block = block.above) {
      if (block.state == State.USED) {
        return false;
      }
      room += block.sizeBytes;
    }
    return room >= sizeBytes;
  }

  /** Joins what is free with newly mapped memory until that is enough. */
  private @Nullable Block grow(Pool pool, Block start, long sizeBytes) {
    Block grown = null;
    Block next = start;
    while (grown == null || grown.sizeBytes < sizeBytes || isFree(next)) {
      long missingBytes = sizeBytes - (grown == null ? 0 : grown.sizeBytes);
      if (next == null || !own(pool, next, missingBytes)) {
        if (grown != null) {
          pool.giveBack(grown);
        }
        return null;
      }
      if (grown == null) {
        grown = next;
      } else {
        grown.absorbAbove(next);
      }
      next = grown.above;
    }
    return grown;
  }

  private static boolean isFree(@Nullable Block block) {
    return block != null && block.state == State.FREE;
  }

  /** Takes a block out of the pool, or maps the first bytes of a hole. */
  private boolean own(Pool pool, Block block, long missingBytes) {
    if (block.state == State.FREE) {
      pool.take(block);
      return true;
    }
    long stepsBytes = Math.min(block.sizeBytes, Problem.roundUp(missingBytes, stepBytes));
    if (!device.reserve(stepsBytes)) {
      return false;
    }
    mappedBytes += stepsBytes;
    unmapped.remove(block);
    if (stepsBytes < block.sizeBytes) {
      unmapped.add(block.split(stepsBytes));
    }
    block.state = State.FREE;
    return true;
  }

  /** Whole steps that are free can be given back, wherever they are. */
  @Override
  public void releaseFree(Pool pool) {
    for (Block block : List.copyOf(pool.freeBlocks())) {
      long from = Problem.roundUp(block.address, stepBytes);
      long to = block.end() / stepBytes * stepBytes;
      if (from < to) {
        pool.take(block);
        unmap(pool, block, from, to);
      }
    }
  }

  private void unmap(Pool pool, Block block, long from, long to) {
    Block hole = from == block.address ? block : block.split(from - block.address);
    Block top = to == hole.end() ? null : hole.split(to - hole.address);
    hole.state = State.UNMAPPED;
    device.release(hole.sizeBytes);
    mappedBytes -= hole.sizeBytes;
    if (hole != block) {
      pool.giveBack(block);
    }
    if (top != null) {
      pool.giveBack(top);
    }
    addHole(hole);
  }

  private void addHole(Block hole) {
    Block above = hole.above;
    if (above != null && above.state == State.UNMAPPED) {
      unmapped.remove(above);
      hole.absorbAbove(above);
    }
    Block below = hole.below;
    if (below != null && below.state == State.UNMAPPED) {
      below.absorbAbove(hole);
    } else {
      unmapped.add(hole);
    }
  }

  @Override
  public long count() {
    return mappedBytes > 0 ? 1 : 0;
  }
}
