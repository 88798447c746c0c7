package org.memo.step;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.Rotation;
import org.memo.memory.SlabAllocator;
import org.memo.model.ModelConfig;
import org.memo.op.RotaryTable;
import org.memo.planner.cost.ElementType;

/**
 * The cosines and sines of the positions of a rank's tokens. They are filled for each micro-batch:
 * tables of all positions would be as long as the whole sequence on every rank.
 *
 * @param inverseFrequencies [D/2]
 * @param cosines [T, D/2] f32
 * @param sines [T, D/2] f32
 * @param runRows i32: which row of a run's part of the tables is a row's, which is its own
 */
record RotaryTables(
    DeviceRegion inverseFrequencies,
    DeviceRegion cosines,
    DeviceRegion sines,
    DeviceRegion runRows,
    long tokens,
    long halfDim) {
  /** Rows that are rotated at once: as many as a GPU's largest tile has. */
  private static final long LONGEST_RUN = 1 << 14;

  static RotaryTables create(
      ModelConfig config, Device device, SlabAllocator allocator, StepSettings settings) {
    long halfDim = config.headDim() / 2;
    long tableBytes = Math.multiplyExact(settings.tokens(), halfDim * Float.BYTES);
    int rows = (int) Math.min(settings.tileTokens(), LONGEST_RUN);
    return new RotaryTables(
        uploaded(
            "inverse frequencies",
            MemorySegment.ofArray(config.inverseFrequencies()),
            device,
            allocator),
        allocator.allocate("rotary cosines", tableBytes),
        allocator.allocate("rotary sines", tableBytes),
        uploaded(
            "rows of a run",
            MemorySegment.ofArray(IntStream.range(0, rows).toArray()),
            device,
            allocator),
        settings.tokens(),
        halfDim);
  }

  private static DeviceRegion uploaded(
      String name, MemorySegment values, Device device, SlabAllocator allocator) {
    DeviceRegion region = allocator.allocate(name, values.byteSize());
    device.upload(values, region);
    return region;
  }

  /**
   * @param positions [T] i32
   */
  void fill(Stream stream, DeviceRegion positions) {
    stream.submit(new RotaryTable(inverseFrequencies, positions, cosines, sines, tokens, halfDim));
  }

  Rotation rotation(ModelConfig config, ElementType type) {
    long rotatedHeads = config.numHeads() + config.numKvHeads();
    long rowStride = (rotatedHeads + config.numKvHeads()) * config.headDim();
    return new Rotation(cosines, sines, runRows, rotatedHeads, config.headDim(), rowStride, type);
  }
}
