package org.memo.profile.device;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.memo.device.DeviceRegion;
import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.op.AttentionDelta;
import org.memo.op.BiasBackward;
import org.memo.op.BiasForward;
import org.memo.op.Cast;
import org.memo.op.CopyColumns;
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
import org.memo.planner.cost.ElementType;

/** Times every operation that memory bounds, on rows of a typical layer. */
final class KernelMeasurement {
  private static final long HEAD_DIM = 64;
  private static final float EPSILON = 1e-5f;
  private static final AdamWStep ADAMW = new AdamWStep(1, 1e-4, .9, .95, 1e-8, .1, .1, .05);

  private final Workbench bench;
  private final ElementType type;
  private final long rows;
  private final long cols;
  private final long ffn;
  private final long logitRows;
  private final long vocab;
  private final long states;
  private final Map<Operation, Double> seconds = new LinkedHashMap<>();

  private KernelMeasurement(Workbench bench, ElementType type) {
    this.bench = bench;
    this.type = type;
    rows = bench.sizes().rows();
    cols = bench.sizes().width();
    ffn = bench.sizes().ffn();
    logitRows = bench.sizes().logitRows();
    vocab = bench.sizes().vocab();
    states = bench.sizes().states();
  }

  /**
   * The seconds of one operation of each kind.
   *
   * @param type of activations and weights
   */
  static Map<Operation, Double> measure(Workbench bench, ElementType type) {
    KernelMeasurement measurement = new KernelMeasurement(bench, type);
    measurement.norms();
    measurement.activations();
    measurement.linearParts();
    measurement.ring();
    measurement.ends();
    measurement.states();
    return measurement.seconds;
  }

  private void norms() {
    add(16, () -> new RmsNormForward(rows(), weight(), rows(), rows, cols, EPSILON, type));
    add(
        16,
        () ->
            new RmsNormBackward(
                rows(), weight(), rows(), rows(), gradient(), rows, cols, EPSILON, type));
    add(
        16,
        () -> new LayerNormForward(rows(), weight(), weight(), rows(), rows, cols, EPSILON, type));
    add(
        16,
        () ->
            new LayerNormBackward(
                rows(),
                weight(),
                rows(),
                rows(),
                gradient(),
                gradient(),
                rows,
                cols,
                EPSILON,
                type));
  }

  private void activations() {
    add(8, () -> new SwiGluForward(inner(2), inner(1), rows, ffn, type));
    add(8, () -> new SwiGluBackward(inner(2), inner(1), rows, ffn, type));
    add(8, () -> new GeluForward(inner(1), inner(1), rows * ffn, type));
    add(8, () -> new GeluBackward(inner(1), inner(1), rows * ffn, type));
  }

  private void linearParts() {
    add(16, () -> new ResidualAdd(rows(), rows(), rows * cols, type));
    add(16, () -> new BiasForward(rows(), weight(), rows, cols, type));
    add(16, () -> new BiasBackward(rows(), gradient(), rows, cols, type));
    long heads = cols / HEAD_DIM;
    long width = (heads + 2) * HEAD_DIM;
    DeviceRegion table = bench.floats(vocab * HEAD_DIM / 2);
    add(
        16,
        () ->
            new Rotary(
                elements(rows * width),
                width,
                bench.ids(),
                table,
                table,
                rows,
                heads,
                HEAD_DIM,
                false,
                type));
  }

  /** What ring attention does beside the attention. */
  private void ring() {
    long heads = cols / HEAD_DIM;
    long width = heads * HEAD_DIM;
    DeviceRegion delta = bench.floats(rows * heads);
    add(
        16,
        () ->
            new AttentionDelta(
                elements(rows * width),
                elements(rows * width),
                delta,
                rows,
                heads,
                HEAD_DIM,
                type));
    long qkvWidth = 3 * width;
    add(
        8,
        () ->
            new CopyColumns(
                elements(rows * qkvWidth),
                elements(rows * 2 * width),
                rows,
                2 * width,
                qkvWidth,
                width,
                2 * width,
                0,
                type,
                type));
  }

  private void ends() {
    DeviceRegion table = elements(vocab * cols);
    add(16, () -> new EmbeddingForward(table, bench.ids(), rows(), rows, cols, vocab, false, type));
    DeviceRegion dtable = bench.floats(vocab * cols);
    add(16, () -> new EmbeddingBackward(rows(), bench.ids(), dtable, rows, cols, vocab, -1, type));
    DeviceRegion targets = bench.ids().slice(0, logitRows * Integer.BYTES);
    add(
        8,
        () ->
            new CrossEntropy(
                elements(logitRows * vocab), targets, bench.floats(2), logitRows, vocab, 1f, type));
  }

  private void states() {
    add(4, this::adamW);
    add(8, () -> new SumOfSquares(state(), bench.floats(2), states));
    add(8, () -> new ZeroFill(state()));
    add(8, () -> new CopyOnDevice(state(), state()));
    if (type != ElementType.F32) {
      add(8, () -> new Cast(state(), elements(states), states, type));
    }
  }

  private AdamW adamW() {
    return type == ElementType.F32
        ? new AdamW(state(), state(), state(), state(), states, ADAMW)
        : new AdamW(state(), state(), state(), state(), states, ADAMW, type, elements(states));
  }

  private void add(int count, Supplier<Operation> operations) {
    seconds.put(operations.get(), bench.seconds(count, operations));
  }

  private DeviceRegion rows() {
    return elements(rows * cols);
  }

  private DeviceRegion inner(long parts) {
    return elements(parts * rows * ffn);
  }

  private DeviceRegion weight() {
    return elements(cols);
  }

  private DeviceRegion gradient() {
    return bench.floats(cols);
  }

  private DeviceRegion state() {
    return bench.floats(states);
  }

  private DeviceRegion elements(long count) {
    return bench.elements(type, count);
  }
}
