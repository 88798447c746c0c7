package org.memo.train;

/**
 * What a step measured: a line of {@code metrics.jsonl}.
 *
 * @param step counted from 1
 * @param loss mean over the counted targets of the whole step, before its update
 * @param gradNorm L2 norm of all gradients together, before clipping
 * @param learningRate the rate that the step used
 * @param tokens inputs of the step: B*A*S
 * @param seconds from the step's start to the end of its update
 * @param mfuCausal share of the device's peak, counting attention causally
 * @param mfuFull the same, counting the full square of attention
 * @param devicePeakBytes most device memory in use so far
 * @param hostPeakBytes most of the pinned pool in use so far
 * @param swappedBytes copied from device to host
 * @param recomputedTokens tokens that went forward again, over all layers
 * @param stallSeconds that the compute stream waited for copies
 */
public record StepMetrics(
    long step,
    double loss,
    double gradNorm,
    double learningRate,
    long tokens,
    double seconds,
    double mfuCausal,
    double mfuFull,
    long devicePeakBytes,
    long hostPeakBytes,
    long swappedBytes,
    long recomputedTokens,
    double stallSeconds) {

  /** Tokens of the step by its seconds. */
  public double tokensPerSecond() {
    return tokens / seconds;
  }

  /**
   * The metrics as a JSON object on one line. JSON has no NaN and no infinity: they become null.
   */
  public String toJson() {
    StringBuilder json = new StringBuilder("{");
    append(json, "step", step);
    append(json, "loss", loss);
    append(json, "grad_norm", gradNorm);
    append(json, "lr", learningRate);
    append(json, "tokens", tokens);
    append(json, "seconds", seconds);
    append(json, "tokens_per_second", tokensPerSecond());
    append(json, "mfu_causal", mfuCausal);
    append(json, "mfu_full", mfuFull);
    append(json, "device_peak_bytes", devicePeakBytes);
    append(json, "host_peak_bytes", hostPeakBytes);
    append(json, "swapped_bytes", swappedBytes);
    append(json, "recomputed_tokens", recomputedTokens);
    append(json, "stall_seconds", stallSeconds);
    json.setCharAt(json.length() - 1, '}');
    return json.toString();
  }

  private static void append(StringBuilder json, String key, long value) {
    json.append('"').append(key).append("\":").append(value).append(',');
  }

  private static void append(StringBuilder json, String key, double value) {
    String text = Double.isFinite(value) ? Double.toString(value) : "null";
    json.append('"').append(key).append("\":").append(text).append(',');
  }
}
