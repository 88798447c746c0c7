package org.memo.layer;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.BiasBackward;
import org.memo.op.BiasForward;
import org.memo.op.Gemm;
import org.memo.planner.cost.ElementType;

/**
 * {@code y = x W^T + b} with W stored [outputs, inputs], or [inputs, outputs] where the block is
 * input-major (GPT-2's Conv1D).
 */
public record Linear(Weight weight, @Nullable Weight bias) {
  public long inputs() {
    return weight.block().inputs();
  }

  public long outputs() {
    return weight.block().outputs();
  }

  private ElementType type() {
    return weight.type();
  }

  /** x [rows, inputs] to y [rows, outputs]. */
  public void forward(Stream stream, DeviceRegion x, DeviceRegion y, long rows) {
    boolean transpose = !weight.block().inputMajor();
    stream.submit(
        new Gemm(
            x,
            false,
            weight.value(),
            transpose,
            y,
            false,
            rows,
            outputs(),
            inputs(),
            type(),
            type()));
    if (bias != null) {
      stream.submit(new BiasForward(y, bias.value(), rows, outputs(), type()));
    }
  }

  /** dy [rows, outputs] to dx [rows, inputs], which is written. */
  public void backwardInput(Stream stream, DeviceRegion dy, DeviceRegion dx, long rows) {
    boolean transpose = weight.block().inputMajor();
    stream.submit(
        new Gemm(
            dy,
            false,
            weight.value(),
            transpose,
            dx,
            false,
            rows,
            inputs(),
            outputs(),
            type(),
            type()));
  }

  /** Adds to the gradients of the weight and the bias. */
  public void backwardWeight(Stream stream, DeviceRegion x, DeviceRegion dy, long rows) {
    if (weight.block().inputMajor()) {
      stream.submit(
          new Gemm(
              x,
              true,
              dy,
              false,
              weight.gradient(),
              true,
              inputs(),
              outputs(),
              rows,
              type(),
              ElementType.F32));
    } else {
      stream.submit(
          new Gemm(
              dy,
              true,
              x,
              false,
              weight.gradient(),
              true,
              outputs(),
              inputs(),
              rows,
              type(),
              ElementType.F32));
    }
    if (bias != null) {
      stream.submit(new BiasBackward(dy, bias.gradient(), rows, outputs(), type()));
    }
  }
}
