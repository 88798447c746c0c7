package org.memo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;

/**
 * Fresh parameters with Hugging Face's distributions: weights normal(0, initializer_range), norms
 * 1, biases 0, GPT-2's projections into the residual stream narrower by sqrt(2 L). Each value is a
 * function of the seed, the tensor's name and its index alone, so that neither the layout nor the
 * number of threads matters.
 */
public final class ParameterInitializer {
  private static final long PIECE_PAIRS = 1 << 15;
  private static final double TWO_TO_MINUS_53 = 0x1p-53;

  private final ModelConfig config;
  private final long seed;

  public ParameterInitializer(ModelConfig config, long seed) {
    this.config = config;
    this.seed = seed;
  }

  /**
   * Fills all parameters; padding becomes 0.
   *
   * @param destination at least {@link ParameterLayout#sizeBytes()} bytes that any thread may write
   */
  public void initialize(ParameterLayout layout, MemorySegment destination) {
    destination.asSlice(0, layout.sizeBytes()).fill((byte) 0);
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      MemorySegment values =
          destination.asSlice(
              tensor.offsetElements() * Float.BYTES, tensor.elements() * Float.BYTES);
      if (tensor.isMatrix()) {
        fillNormal(values, key(tensor.name()), standardDeviation(tensor.name()));
      } else if (tensor.name().endsWith(".weight")) {
        fillOnes(values);
      }
    }
    clearPaddingToken(layout, destination);
  }

  private double standardDeviation(String name) {
    boolean residual =
        config.architecture() == Architecture.GPT2 && name.endsWith(".c_proj.weight");
    return residual
        ? config.initializerRange() / Math.sqrt(2.0 * config.numLayers())
        : config.initializerRange();
  }

  private void clearPaddingToken(ParameterLayout layout, MemorySegment destination) {
    if (config.paddingToken() != null) {
      long row =
          layout.tokenEmbedding().offsetElements() + config.paddingToken() * config.hiddenSize();
      destination.asSlice(row * Float.BYTES, config.hiddenSize() * Float.BYTES).fill((byte) 0);
    }
  }

  private static void fillOnes(MemorySegment values) {
    for (long at = 0; at < values.byteSize(); at += Float.BYTES) {
      values.set(JAVA_FLOAT_UNALIGNED, at, 1f);
    }
  }

  private static void fillNormal(MemorySegment values, long key, double standardDeviation) {
    long elements = values.byteSize() / Float.BYTES;
    long pairs = (elements + 1) / 2;
    LongStream.range(0, (pairs + PIECE_PAIRS - 1) / PIECE_PAIRS)
        .parallel()
        .forEach(piece -> {
          long end = Math.min(pairs, (piece + 1) * PIECE_PAIRS);
          for (long pair = piece * PIECE_PAIRS; pair < end; pair++) {
            setPair(values, elements, key, pair, standardDeviation);
          }
        });
  }

  /** Box and Muller's transform; StrictMath gives the same bits on every machine. */
  private static void setPair(
      MemorySegment values, long elements, long key, long pair, double standardDeviation) {
    double u = ((random(key, 2 * pair) >>> 11) + 1) * TWO_TO_MINUS_53; // in (0, 1]: has a log
    double angle = 2 * Math.PI * (random(key, 2 * pair + 1) >>> 11) * TWO_TO_MINUS_53;
    double radius = standardDeviation * Math.sqrt(-2 * StrictMath.log(u));
    values.setAtIndex(JAVA_FLOAT_UNALIGNED, 2 * pair, (float) (radius * StrictMath.cos(angle)));
    if (2 * pair + 1 < elements) {
      values.setAtIndex(
          JAVA_FLOAT_UNALIGNED, 2 * pair + 1, (float) (radius * StrictMath.sin(angle)));
    }
  }

  private long key(String tensorName) {
    long key = mix(seed);
    for (int i = 0; i < tensorName.length(); i++) {
      key = mix(key + tensorName.charAt(i));
    }
    return key;
  }

  /** Number {@code index} of the sequence of {@code key}: SplitMix64 (Steele, Lea, Flood 2014). */
  private static long random(long key, long index) {
    return mix(key + (index + 1) * 0x9E3779B97F4A7C15L);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
