package org.memo.profile.device;

import java.util.List;

/**
 * How large the work is that a device is measured with: large enough that handing it to a stream
 * takes next to nothing, small enough to end soon.
 *
 * @param ringBytes memory that operands are taken from, several times as large as caches
 * @param rows of activations, and the number of ids
 * @param width of a layer: elements of a row
 * @param ffn elements of a row between gate and down projection
 * @param vocab rows of an embedding
 * @param logitRows rows of logits
 * @param states parameters that an optimizer step is measured on
 * @param productTokens rows of the products of a layer
 * @param attentionLengths of sequences
 * @param headSizes of attention
 * @param attentionWidth elements of all heads together
 * @param batchFlops so many are submitted together
 * @param besideSize of the square products that run beside copies
 * @param leastRounds of every measurement, and as many more until they have taken {@code
 *     enoughNanos} together
 */
public record BenchSizes(
    long ringBytes,
    long rows,
    long width,
    long ffn,
    long vocab,
    long logitRows,
    long states,
    List<Long> productTokens,
    List<Long> attentionLengths,
    List<Integer> headSizes,
    long attentionWidth,
    double batchFlops,
    long besideSize,
    int leastRounds,
    long enoughNanos) {
  private static final int ROUNDS = 5;
  private static final long ROUNDS_NANOS = 100_000_000;

  /** For a CPU: some 100 GFLOP/s and 10 GB/s and up. */
  public static final BenchSizes CPU =
      new BenchSizes(
          256L << 20,
          2048,
          512,
          1024,
          16_384,
          256,
          4L << 20,
          List.of(128L, 512L, 2048L),
          List.of(512L, 1024L, 2048L, 8192L),
          List.of(32, 64, 128),
          256,
          4e9,
          512,
          ROUNDS,
          ROUNDS_NANOS);

  /** For a GPU: some 100 TFLOP/s and 1 TB/s and up. */
  public static final BenchSizes GPU =
      new BenchSizes(
          4L << 30,
          16_384,
          4096,
          8192,
          32_768,
          4096,
          64L << 20,
          List.of(512L, 2048L, 8192L),
          List.of(1024L, 4096L, 16_384L),
          List.of(64, 128),
          2048,
          4e12,
          4096,
          ROUNDS,
          ROUNDS_NANOS);

  /** The products of the two projections of a layer and of its square ones: outputs, inputs. */
  List<long[]> weights() {
    return List.of(
        new long[] {width, width}, new long[] {4 * width, width}, new long[] {width, 4 * width});
  }
}
