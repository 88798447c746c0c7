package org.memo.profile.device;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.memo.device.DeviceRegion;
import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.op.BiasBackward;
import org.memo.op.BiasForward;
import org.memo.op.CopyOnDevice;
import org.memo.op.CrossEntropy;
import org.memo.op.EmbeddingBackward;
import org.memo.op.EmbeddingForward;
import org.memo.op.GeluBackward;
import org.memo.op.GeluForward;
import org.memo.op.LayerNormBackward;
import org.memo.op.LayerNormForward;
import org.memo.op.Operation;
import org.memo.op.ResidualAdd;
import org.memo.op.RmsNormBackward;
import org.memo.op.RmsNormForward;
import org.memo.op.Rotary;
import org.memo.op.SumOfSquares;
import org.memo.op.SwiGluBackward;
import org.memo.op.SwiGluForward;
import org.memo.op.ZeroFill;

/** Times every operation that memory bounds, on rows of a typical layer. */
final class KernelMeasurement {
  private static final long ROWS = Workbench.IDS;
  private static final long COLS = 512;
  private static final long FFN = 1024;
  private static final long HEADS = 8;
  private static final long HEAD_DIM = 64;
  private static final long LOGIT_ROWS = 256;
  private static final long VOCAB = Workbench.LARGEST_ID;
  private static final long STATES = 4L << 20;
  private static final float EPSILON = 1e-5f;
  private static final AdamWStep ADAMW = new AdamWStep(1, 1e-4, .9, .95, 1e-8, .1, .1, .05);

  private final Workbench bench;
  private final Map<Operation, Double> seconds = new LinkedHashMap<>();

  private KernelMeasurement(Workbench bench) {
    this.bench = bench;
  }

  /** The seconds of one operation of each kind. */
  static Map<Operation, Double> measure(Workbench bench) {
    KernelMeasurement measurement = new KernelMeasurement(bench);
    measurement.norms();
    measurement.activations();
    measurement.linearParts();
    measurement.ends();
    measurement.states();
    return measurement.seconds;
  }

  private void norms() {
    add(16, () -> new RmsNormForward(rows(), cols(), rows(), ROWS, COLS, EPSILON));
    add(16, () -> new RmsNormBackward(rows(), cols(), rows(), rows(), cols(), ROWS, COLS, EPSILON));
    add(16, () -> new LayerNormForward(rows(), cols(), cols(), rows(), ROWS, COLS, EPSILON));
    add(
        16,
        () ->
            new LayerNormBackward(
                rows(), cols(), rows(), rows(), cols(), cols(), ROWS, COLS, EPSILON));
  }

  private void activations() {
    add(8, () -> new SwiGluForward(floats(2 * ROWS * FFN), floats(ROWS * FFN), ROWS, FFN));
    add(8, () -> new SwiGluBackward(floats(2 * ROWS * FFN), floats(ROWS * FFN), ROWS, FFN));
    add(8, () -> new GeluForward(floats(ROWS * FFN), floats(ROWS * FFN), ROWS * FFN));
    add(8, () -> new GeluBackward(floats(ROWS * FFN), floats(ROWS * FFN), ROWS * FFN));
  }

  private void linearParts() {
    add(16, () -> new ResidualAdd(rows(), rows(), ROWS * COLS));
    add(16, () -> new BiasForward(rows(), cols(), ROWS, COLS));
    add(16, () -> new BiasBackward(rows(), cols(), ROWS, COLS));
    long width = (HEADS + 2) * HEAD_DIM;
    DeviceRegion table = floats(VOCAB * HEAD_DIM / 2);
    add(
        16,
        () ->
            new Rotary(
                floats(ROWS * width),
                width,
                bench.ids(),
                table,
                table,
                ROWS,
                HEADS,
                HEAD_DIM,
                false));
  }

  private void ends() {
    DeviceRegion table = floats(VOCAB * COLS);
    add(16, () -> new EmbeddingForward(table, bench.ids(), rows(), ROWS, COLS, VOCAB, false));
    add(16, () -> new EmbeddingBackward(rows(), bench.ids(), table, ROWS, COLS, VOCAB, -1));
    DeviceRegion targets = bench.ids().slice(0, LOGIT_ROWS * Integer.BYTES);
    add(
        8,
        () ->
            new CrossEntropy(
                floats(LOGIT_ROWS * VOCAB), targets, floats(2), LOGIT_ROWS, VOCAB, 1f));
  }

  private void states() {
    add(
        4,
        () ->
            new AdamW(
                floats(STATES), floats(STATES), floats(STATES), floats(STATES), STATES, ADAMW));
    add(8, () -> new SumOfSquares(floats(STATES), floats(2), STATES));
    add(8, () -> new ZeroFill(floats(STATES)));
    add(8, () -> new CopyOnDevice(floats(STATES), floats(STATES)));
  }

  private void add(int count, Supplier<Operation> operations) {
    seconds.put(operations.get(), bench.seconds(count, operations));
  }

  private DeviceRegion rows() {
    return floats(ROWS * COLS);
  }

  private DeviceRegion cols() {
    return floats(COLS);
  }

  private DeviceRegion floats(long elements) {
    return bench.floats(elements);
  }
}
