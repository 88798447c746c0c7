package org.memo.layer;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.LayerNormBackward;
import org.memo.op.LayerNormForward;
import org.memo.op.RmsNormBackward;
import org.memo.op.RmsNormForward;

/** RMSNorm, or LayerNorm where there is a bias, over rows of as many elements as the weight has. */
public record Norm(Weight weight, @Nullable Weight bias, float epsilon) {
  private long cols() {
    return weight.block().outputs();
  }

  /** x [rows, cols] to y [rows, cols]. */
  public void forward(Stream stream, DeviceRegion x, DeviceRegion y, long rows) {
    stream.submit(
        bias == null
            ? new RmsNormForward(x, weight.value(), y, rows, cols(), epsilon, weight.type())
            : new LayerNormForward(
                x, weight.value(), bias.value(), y, rows, cols(), epsilon, weight.type()));
  }

  /** Adds to dx [rows, cols] and to the gradients of the weight and the bias. */
  public void backward(Stream stream, DeviceRegion x, DeviceRegion dy, DeviceRegion dx, long rows) {
    stream.submit(
        bias == null
            ? new RmsNormBackward(
                x, weight.value(), dy, dx, weight.gradient(), rows, cols(), epsilon, weight.type())
            : new LayerNormBackward(
                x,
                weight.value(),
                dy,
                dx,
                weight.gradient(),
                bias.gradient(),
                rows,
                cols(),
                epsilon,
                weight.type()));
  }
}
