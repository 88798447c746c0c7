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
public final class ParameterInitializer implements ParameterValues {
  private static final long PIECE_PAIRS = 1 << 15;
  private static final double TWO_TO_MINUS_53 = 0x1p-53;

  private final ModelConfig config;
  private final ParameterLayout layout;
  private final long seed;

  public ParameterInitializer(ModelConfig config, ParameterLayout layout, long seed) {
    this.config = config;
    this.layout = layout;
    this.seed = seed;
  }

  @Override
  public void read(ParameterLayout.Tensor tensor, long firstElement, MemorySegment values) {
    if (tensor.isMatrix()) {
      fillNormal(values, firstElement, key(tensor.name()), standardDeviation(tensor.name()));
      clearPaddingToken(tensor, firstElement, values);
    } else {
      fill(values, tensor.name().endsWith(".weight") ? 1f : 0f);
    }
  }

  private double standardDeviation(String name) {
    boolean residual =
        config.architecture() == Architecture.GPT2 && name.endsWith(".c_proj.weight");
    return residual
        ? config.initializerRange() / Math.sqrt(2.0 * config.numLayers())
        : config.initializerRange();
  }

  private void clearPaddingToken(
      ParameterLayout.Tensor tensor, long firstElement, MemorySegment values) {
    boolean isEmbedding = tensor.offsetElements() == layout.tokenEmbedding().offsetElements();
    if (!isEmbedding || config.paddingToken() == null) {
      return;
    }
    long elements = values.byteSize() / Float.BYTES;
    long row = config.paddingToken() * config.hiddenSize() - firstElement;
    long from = Math.clamp(row, 0, elements);
    long to = Math.clamp(row + config.hiddenSize(), 0, elements);
    values.asSlice(from * Float.BYTES, (to - from) * Float.BYTES).fill((byte) 0);
  }

  private static void fill(MemorySegment values, float value) {
    for (long at = 0; at < values.byteSize(); at += Float.BYTES) {
      values.set(JAVA_FLOAT_UNALIGNED, at, value);
    }
  }

  private static void fillNormal(
      MemorySegment values, long firstElement, long key, double standardDeviation) {
    long elements = values.byteSize() / Float.BYTES;
    long firstPair = firstElement / 2;
    long endPair = Math.ceilDiv(firstElement + elements, 2);
    LongStream.range(0, Math.ceilDiv(endPair - firstPair, PIECE_PAIRS))
        .parallel()
        .forEach(piece -> {
          long from = firstPair + piece * PIECE_PAIRS;
          long to = Math.min(endPair, from + PIECE_PAIRS);
          for (long pair = from; pair < to; pair++) {
            setPair(values, 2 * pair - firstElement, elements, key, pair, standardDeviation);
          }
        });
  }

  /**
   * Box and Muller's transform; StrictMath gives the same bits on every machine.
   *
   * @param at where the pair's first number lies in the values: one before or behind all is left
   *     out
   */
  private static void setPair(
      MemorySegment values, long at, long elements, long key, long pair, double standardDeviation) {
    double u = ((random(key, 2 * pair) >>> 11) + 1) * TWO_TO_MINUS_53; // in (0, 1]: has a log
    double angle = 2 * Math.PI * (random(key, 2 * pair + 1) >>> 11) * TWO_TO_MINUS_53;
    double radius = standardDeviation * Math.sqrt(-2 * StrictMath.log(u));
    if (at >= 0) {
      values.setAtIndex(JAVA_FLOAT_UNALIGNED, at, (float) (radius * StrictMath.cos(angle)));
    }
    if (at + 1 < elements) {
      values.setAtIndex(JAVA_FLOAT_UNALIGNED, at + 1, (float) (radius * StrictMath.sin(angle)));
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
