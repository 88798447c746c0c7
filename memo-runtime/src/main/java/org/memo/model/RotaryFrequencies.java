package org.memo.model;

/**
 * The inverse frequencies of the rotary embedding, computed in f32 step by step as Hugging Face's
 * {@code modeling_rope_utils} does on torch, so that angles at long distances agree. A power is
 * rounded correctly, as by torch's scalar path; torch's vectorised power is one unit in the last
 * place off for about one frequency in 250.
 *
 * @param theta the base
 */
public record RotaryFrequencies(double theta, Scaling scaling) {

  /** How the frequencies differ from the plain ones. */
  public sealed interface Scaling {}

  /** {@code rope_type} "default". */
  public record Plain() implements Scaling {}

  /** {@code rope_type} "linear": all frequencies divided by {@code factor}. */
  public record Linear(double factor) implements Scaling {}

  /**
   * {@code rope_type} "llama3": low frequencies divided by {@code factor}, high ones kept, those
   * between interpolated by their wavelength.
   *
   * @param originalPositions positions the model was first trained on
   */
  public record Llama3(
      double factor, double lowFrequencyFactor, double highFrequencyFactor, long originalPositions)
      implements Scaling {}

  /** The [D/2] inverse frequencies of heads of {@code headDim} elements. */
  public float[] inverse(long headDim) {
    float[] inverse = new float[Math.toIntExact(headDim / 2)];
    for (int i = 0; i < inverse.length; i++) {
      float exponent = 2f * i / headDim;
      float plain = 1f / (float) Math.pow((float) theta, exponent);
      inverse[i] =
          switch (scaling) {
            case Plain p -> plain;
            case Linear linear -> plain / (float) linear.factor();
            case Llama3 llama3 -> scaled(plain, llama3);
          };
    }
    return inverse;
  }

  private static float scaled(float inverse, Llama3 scaling) {
    double positions = scaling.originalPositions();
    float longest = (float) (positions / scaling.lowFrequencyFactor());
    float shortest = (float) (positions / scaling.highFrequencyFactor());
    float factor = (float) scaling.factor();
    float wavelength = dividedBy((float) (2 * Math.PI), inverse);
    if (wavelength > longest) {
      return inverse / factor;
    }
    if (wavelength < shortest) {
      return inverse;
    }
    float smooth =
        (dividedBy((float) positions, wavelength) - (float) scaling.lowFrequencyFactor())
            / (float) (scaling.highFrequencyFactor() - scaling.lowFrequencyFactor());
    return (1 - smooth) * inverse / factor + smooth * inverse;
  }

  /** torch divides a number by a tensor as number * (1 / tensor): two roundings. */
  private static float dividedBy(float number, float divisor) {
    return 1f / divisor * number;
  }
}
