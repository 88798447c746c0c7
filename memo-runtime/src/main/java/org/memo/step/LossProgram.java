package org.memo.step;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.Linear;
import org.memo.layer.Norm;
import org.memo.layer.TokenTile;
import org.memo.memory.SlabAllocator;
import org.memo.op.CopyOnDevice;
import org.memo.op.CrossEntropy;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * Final norm, head and cross-entropy, forward and backward at once, over chunks of tokens: the full
 * logits [T, V] never exist.
 */
record LossProgram(Norm finalNorm, Linear head) {

  /**
   * Adds the losses to {@code lossSum} and replaces the last layer's output by its gradient.
   *
   * @param chunks of the tokens, in order, the first the largest
   * @param residual [T, E]
   * @param targets [T] i32
   * @param scale of the gradient: one over the counted targets of the whole step
   */
  void run(
      Stream stream,
      SlabAllocator allocator,
      List<TokenTile> chunks,
      DeviceRegion residual,
      DeviceRegion targets,
      DeviceRegion lossSum,
      float scale) {
    TokenTile largest = chunks.getFirst();
    DeviceRegion normed = allocator.allocate("final norm", largest.bytes(head.inputs(), type()));
    DeviceRegion gradient =
        allocator.allocate("final norm gradient", largest.bytes(head.inputs(), type()));
    DeviceRegion logits = allocator.allocate("logits", largest.bytes(head.outputs(), type()));
    for (TokenTile chunk : chunks) {
      DeviceRegion chunkLogits = chunk.first(logits, head.outputs(), type());
      DeviceRegion chunkNormed = chunk.first(normed, head.inputs(), type());
      DeviceRegion x = chunk.rows(residual, head.inputs(), type());
      finalNorm.forward(stream, x, chunkNormed, chunk.tokens());
      head.forward(stream, chunkNormed, chunkLogits, chunk.tokens());
      stream.submit(
          new CrossEntropy(
              chunkLogits,
              chunk.ints(targets),
              lossSum,
              chunk.tokens(),
              head.outputs(),
              scale,
              type()));
      backward(
          stream, chunk, x, chunkNormed, chunkLogits, chunk.first(gradient, head.inputs(), type()));
    }
    allocator.free(normed);
    allocator.free(gradient);
    allocator.free(logits);
  }

  private ElementType type() {
    return head.weight().type();
  }

  private void backward(
      Stream stream,
      TokenTile chunk,
      DeviceRegion x,
      DeviceRegion normed,
      DeviceRegion logitsGradient,
      DeviceRegion gradient) {
    head.backwardWeight(stream, normed, logitsGradient, chunk.tokens());
    DeviceRegion normedGradient = normed; // the norm's output is needed no more
    head.backwardInput(stream, logitsGradient, normedGradient, chunk.tokens());
    stream.submit(new ZeroFill(gradient));
    finalNorm.backward(stream, x, normedGradient, gradient, chunk.tokens());
    stream.submit(new CopyOnDevice(gradient, x));
  }
}
