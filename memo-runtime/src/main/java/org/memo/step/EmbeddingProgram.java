package org.memo.step;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.Weight;
import org.memo.op.EmbeddingBackward;
import org.memo.op.EmbeddingForward;

/**
 * Token embedding, and learned positions where the model has them.
 *
 * @param paddingToken not trained through the embedding; {@link #NONE} where there is no such token
 */
record EmbeddingProgram(Weight tokens, @Nullable Weight positions, long paddingToken) {
  static final long NONE = -1;

  /** Writes output [T, E]. */
  void forward(Stream stream, InputStaging.DeviceInputs inputs, DeviceRegion output, long count) {
    stream.submit(lookUp(tokens, inputs.tokens(), output, count, false));
    if (positions != null) {
      stream.submit(lookUp(positions, inputs.positions(), output, count, true));
    }
  }

  /** Adds to the tables' gradients. */
  void backward(
      Stream stream, InputStaging.DeviceInputs inputs, DeviceRegion gradient, long count) {
    stream.submit(scatter(tokens, inputs.tokens(), gradient, count, paddingToken));
    if (positions != null) {
      stream.submit(scatter(positions, inputs.positions(), gradient, count, NONE));
    }
  }

  private static EmbeddingForward lookUp(
      Weight table, DeviceRegion ids, DeviceRegion output, long count, boolean accumulate) {
    return new EmbeddingForward(
        table.value(),
        ids,
        output,
        count,
        table.block().inputs(),
        table.block().outputs(),
        accumulate,
        table.type());
  }

  private static EmbeddingBackward scatter(
      Weight table, DeviceRegion ids, DeviceRegion gradient, long count, long skippedId) {
    return new EmbeddingBackward(
        gradient,
        ids,
        table.gradient(),
        count,
        table.block().inputs(),
        table.block().outputs(),
        skippedId,
        table.type());
  }
}
