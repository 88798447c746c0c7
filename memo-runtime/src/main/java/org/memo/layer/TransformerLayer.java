package org.memo.layer;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.GeluBackward;
import org.memo.op.GeluForward;
import org.memo.op.ResidualAdd;
import org.memo.op.SwiGluBackward;
import org.memo.op.SwiGluForward;

/**
 * The two token-wise segments of a pre-norm transformer layer, around its attention: norm, queries,
 * keys and values, rotary; and output projection, residual, norm, MLP, residual. Each call handles
 * one tile. The workspaces {@code normed} [n, E] and {@code act} [n, F] hold its temporaries and
 * may be larger than the tile.
 *
 * @param rotation none where positions are learned
 * @param gated SwiGLU, otherwise GELU
 */
public record TransformerLayer(
    Norm attentionNorm,
    Linear qkv,
    @Nullable Rotation rotation,
    Linear attentionOutput,
    Norm mlpNorm,
    Linear mlpIn,
    boolean gated,
    Linear mlpOut) {

  public long hidden() {
    return attentionOutput.outputs();
  }

  public long qkvWidth() {
    return qkv.outputs();
  }

  public long attentionWidth() {
    return attentionOutput.inputs();
  }

  /** F: the elements of an activation. */
  public long actWidth() {
    return mlpOut.inputs();
  }

  /** The elements that {@link KeptTile} has for a token. */
  public long keptWidth() {
    return hidden() + mlpIn.outputs();
  }

  /** The part of {@code memory} that holds what {@code tile} keeps. */
  public KeptTile kept(DeviceRegion memory, TokenTile tile) {
    return KeptTile.in(memory, tile, hidden(), mlpIn.outputs());
  }

  /** From the layer's input to queries, keys and values. */
  public void beforeAttention(
      Stream stream,
      TokenTile tile,
      DeviceRegion input, // [T, E]
      DeviceRegion positions, // [T] i32
      DeviceRegion qkvOut, // [T, (H + 2K) D]
      DeviceRegion normed) {
    DeviceRegion rows = tile.rows(qkvOut, qkvWidth());
    DeviceRegion norm = tile.first(normed, hidden());
    attentionNorm.forward(stream, tile.rows(input, hidden()), norm, tile.tokens());
    qkv.forward(stream, norm, rows, tile.tokens());
    if (rotation != null) {
      rotation.apply(stream, rows, tile.ints(positions), tile.tokens(), false);
    }
  }

  /** From the attention's output to the layer's output. */
  public void afterAttention(
      Stream stream,
      TokenTile tile,
      DeviceRegion input, // [T, E]
      DeviceRegion attention, // [T, H D]
      KeptTile kept,
      DeviceRegion output, // [T, E]
      DeviceRegion normed,
      DeviceRegion act) {
    upToMlpIn(stream, tile, input, attention, kept, normed);
    DeviceRegion activation = tile.first(act, mlpOut.inputs());
    DeviceRegion rows = tile.rows(output, hidden());
    activate(stream, tile, kept.mlpIn(), activation);
    mlpOut.forward(stream, activation, rows, tile.tokens());
    stream.submit(new ResidualAdd(rows, kept.residual(), tile.elements(hidden())));
  }

  /** Computes {@code kept} from the layer's input and the attention's output (again). */
  public void upToMlpIn(
      Stream stream,
      TokenTile tile,
      DeviceRegion input,
      DeviceRegion attention,
      KeptTile kept,
      DeviceRegion normed) {
    DeviceRegion residual = kept.residual();
    attentionOutput.forward(
        stream, tile.rows(attention, attentionWidth()), residual, tile.tokens());
    stream.submit(new ResidualAdd(residual, tile.rows(input, hidden()), tile.elements(hidden())));
    DeviceRegion norm = tile.first(normed, hidden());
    mlpNorm.forward(stream, residual, norm, tile.tokens());
    mlpIn.forward(stream, norm, kept.mlpIn(), tile.tokens());
  }

  /**
   * The gradient of {@link #afterAttention}. On entry {@code gradient} is that of the layer's
   * output, afterwards that of the residual stream before the MLP. {@code kept} is used up.
   */
  public void backwardAfterAttention(
      Stream stream,
      TokenTile tile,
      DeviceRegion attention, // [T, H D]
      KeptTile kept,
      DeviceRegion gradient, // [T, E]
      DeviceRegion attentionGradient, // [T, H D], written
      DeviceRegion normed,
      DeviceRegion act) {
    DeviceRegion dy = tile.rows(gradient, hidden());
    backwardMlp(stream, tile, kept, dy, normed, act);
    attentionOutput.backwardWeight(
        stream, tile.rows(attention, attentionWidth()), dy, tile.tokens());
    attentionOutput.backwardInput(
        stream, dy, tile.rows(attentionGradient, attentionWidth()), tile.tokens());
  }

  /**
   * The gradient of {@link #beforeAttention}: adds to {@code gradient}, which becomes that of the
   * layer's input. {@code qkvGradient} is used up.
   */
  public void backwardBeforeAttention(
      Stream stream,
      TokenTile tile,
      DeviceRegion input, // [T, E]
      DeviceRegion positions, // [T] i32
      DeviceRegion qkvGradient, // [T, (H + 2K) D]
      DeviceRegion gradient, // [T, E]
      DeviceRegion normed) {
    DeviceRegion dqkv = tile.rows(qkvGradient, qkvWidth());
    DeviceRegion x = tile.rows(input, hidden());
    if (rotation != null) {
      rotation.apply(stream, dqkv, tile.ints(positions), tile.tokens(), true);
    }
    DeviceRegion norm = tile.first(normed, hidden());
    attentionNorm.forward(stream, x, norm, tile.tokens());
    qkv.backwardWeight(stream, norm, dqkv, tile.tokens());
    DeviceRegion normGradient = norm; // the norm's output is needed no more
    qkv.backwardInput(stream, dqkv, normGradient, tile.tokens());
    attentionNorm.backward(stream, x, normGradient, tile.rows(gradient, hidden()), tile.tokens());
  }

  private void backwardMlp(
      Stream stream,
      TokenTile tile,
      KeptTile kept,
      DeviceRegion dy,
      DeviceRegion normed,
      DeviceRegion act) {
    DeviceRegion activation = tile.first(act, mlpOut.inputs());
    mlpOut.backwardInput(stream, dy, activation, tile.tokens());
    activateBackward(stream, tile, kept.mlpIn(), activation);
    mlpOut.backwardWeight(stream, activation, dy, tile.tokens());
    DeviceRegion mlpInGradient = kept.mlpIn();
    DeviceRegion norm = tile.first(normed, hidden());
    mlpNorm.forward(stream, kept.residual(), norm, tile.tokens());
    mlpIn.backwardWeight(stream, norm, mlpInGradient, tile.tokens());
    DeviceRegion normGradient = norm; // the norm's output is needed no more
    mlpIn.backwardInput(stream, mlpInGradient, normGradient, tile.tokens());
    mlpNorm.backward(stream, kept.residual(), normGradient, dy, tile.tokens());
  }

  private void activate(Stream stream, TokenTile tile, DeviceRegion in, DeviceRegion act) {
    stream.submit(
        gated
            ? new SwiGluForward(in, act, tile.tokens(), mlpOut.inputs())
            : new GeluForward(in, act, tile.elements(mlpOut.inputs())));
  }

  private void activateBackward(Stream stream, TokenTile tile, DeviceRegion in, DeviceRegion act) {
    stream.submit(
        gated
            ? new SwiGluBackward(in, act, tile.tokens(), mlpOut.inputs())
            : new GeluBackward(in, act, tile.elements(mlpOut.inputs())));
  }
}
