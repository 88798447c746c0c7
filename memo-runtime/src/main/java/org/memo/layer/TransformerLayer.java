package org.memo.layer;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.GeluBackward;
import org.memo.op.GeluForward;
import org.memo.op.ResidualAdd;
import org.memo.op.SwiGluBackward;
import org.memo.op.SwiGluForward;
import org.memo.planner.cost.ElementType;

/**
 * The two token-wise segments of a pre-norm transformer layer, around its attention: norm, queries,
 * keys and values, rotary; and output projection, residual, norm, MLP, residual. Each call handles
 * one tile. The workspaces {@code normed} [n, E] and {@code act} [n, F] hold its temporaries and
 * may be larger than the tile.
 *
 * @param rotation none where positions are learned
 * @param gated SwiGLU, otherwise GELU
 * @param keptSet what the segments leave for their backward passes
 */
public record TransformerLayer(
    Norm attentionNorm,
    Linear qkv,
    @Nullable Rotation rotation,
    Linear attentionOutput,
    Norm mlpNorm,
    Linear mlpIn,
    boolean gated,
    Linear mlpOut,
    KeptSet keptSet) {

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
    long needed = hidden() + mlpIn.outputs();
    return keptSet == KeptSet.EVERYTHING ? needed + hidden() + actWidth() : needed;
  }

  /** The part of {@code memory} that holds what {@code tile} keeps. */
  public KeptTile kept(DeviceRegion memory, TokenTile tile) {
    long residual = tile.elements(hidden());
    long mlp = tile.elements(mlpIn.outputs());
    ElementType type = type();
    DeviceRegion residualPart = memory.elements(type, 0, residual);
    DeviceRegion mlpPart = memory.elements(type, residual, mlp);
    if (keptSet == KeptSet.NEEDED) {
      return new KeptTile(residualPart, mlpPart, null, null);
    }
    return new KeptTile(
        residualPart,
        mlpPart,
        memory.elements(type, residual + mlp, residual),
        memory.elements(type, 2 * residual + mlp, tile.elements(actWidth())));
  }

  /** From the layer's input to queries, keys and values. */
  public void beforeAttention(
      Stream stream,
      TokenTile tile,
      DeviceRegion input, // [T, E]
      DeviceRegion qkvOut, // [T, (H + 2K) D]
      DeviceRegion norm) { // [n, E]
    DeviceRegion rows = rows(tile, qkvOut, qkvWidth());
    attentionNorm.forward(stream, rows(tile, input, hidden()), norm, tile.tokens());
    qkv.forward(stream, norm, rows, tile.tokens());
    if (rotation != null) {
      rotation.apply(stream, tile, rows, false);
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
    DeviceRegion activation = activation(tile, kept, act);
    DeviceRegion rows = rows(tile, output, hidden());
    activate(stream, tile, kept.mlpIn(), activation);
    mlpOut.forward(stream, activation, rows, tile.tokens());
    addTo(stream, tile, rows, kept.residual());
  }

  /** Computes {@code kept} again, from the layer's input and the attention's output. */
  public void recompute(
      Stream stream,
      TokenTile tile,
      DeviceRegion input,
      DeviceRegion attention,
      KeptTile kept,
      DeviceRegion normed) {
    upToMlpIn(stream, tile, input, attention, kept, normed);
    if (kept.act() != null) {
      activate(stream, tile, kept.mlpIn(), kept.act());
    }
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
    DeviceRegion dy = rows(tile, gradient, hidden());
    backwardMlpOut(stream, tile, kept, dy, first(tile, act, actWidth()));
    backwardMlpIn(stream, tile, kept, dy, normed);
    attentionOutput.backwardWeight(
        stream, rows(tile, attention, attentionWidth()), dy, tile.tokens());
    attentionOutput.backwardInput(
        stream, dy, rows(tile, attentionGradient, attentionWidth()), tile.tokens());
  }

  /**
   * The gradient of {@link #beforeAttention}: adds to {@code gradient}, which becomes that of the
   * layer's input. {@code qkvGradient} is used up, and so is {@code norm} [n, E]: the norm's output
   * where everything is kept, otherwise a workspace.
   */
  public void backwardBeforeAttention(
      Stream stream,
      TokenTile tile,
      DeviceRegion input, // [T, E]
      DeviceRegion qkvGradient, // [T, (H + 2K) D]
      DeviceRegion gradient, // [T, E]
      DeviceRegion norm) {
    DeviceRegion dqkv = rows(tile, qkvGradient, qkvWidth());
    DeviceRegion x = rows(tile, input, hidden());
    if (rotation != null) {
      rotation.apply(stream, tile, dqkv, true);
    }
    if (keptSet == KeptSet.NEEDED) {
      attentionNorm.forward(stream, x, norm, tile.tokens());
    }
    qkv.backwardWeight(stream, norm, dqkv, tile.tokens());
    DeviceRegion normGradient = norm; // the norm's output is needed no more
    qkv.backwardInput(stream, dqkv, normGradient, tile.tokens());
    attentionNorm.backward(stream, x, normGradient, rows(tile, gradient, hidden()), tile.tokens());
  }

  private void upToMlpIn(
      Stream stream,
      TokenTile tile,
      DeviceRegion input,
      DeviceRegion attention,
      KeptTile kept,
      DeviceRegion normed) {
    DeviceRegion residual = kept.residual();
    attentionOutput.forward(
        stream, rows(tile, attention, attentionWidth()), residual, tile.tokens());
    addTo(stream, tile, residual, rows(tile, input, hidden()));
    DeviceRegion norm = norm(tile, kept, normed);
    mlpNorm.forward(stream, residual, norm, tile.tokens());
    mlpIn.forward(stream, norm, kept.mlpIn(), tile.tokens());
  }

  /** Turns {@code kept.mlpIn} into its gradient; {@code act} is a workspace. */
  private void backwardMlpOut(
      Stream stream, TokenTile tile, KeptTile kept, DeviceRegion dy, DeviceRegion act) {
    mlpOut.backwardInput(stream, dy, act, tile.tokens());
    activateBackward(stream, tile, kept.mlpIn(), act); // act holds the activation again
    mlpOut.backwardWeight(stream, kept.act() == null ? act : kept.act(), dy, tile.tokens());
  }

  private void backwardMlpIn(
      Stream stream, TokenTile tile, KeptTile kept, DeviceRegion dy, DeviceRegion normed) {
    DeviceRegion norm = norm(tile, kept, normed);
    if (kept.normed() == null) {
      mlpNorm.forward(stream, kept.residual(), norm, tile.tokens());
    }
    mlpIn.backwardWeight(stream, norm, kept.mlpIn(), tile.tokens());
    DeviceRegion normGradient = norm; // the norm's output is needed no more
    mlpIn.backwardInput(stream, kept.mlpIn(), normGradient, tile.tokens());
    mlpNorm.backward(stream, kept.residual(), normGradient, dy, tile.tokens());
  }

  private void activate(Stream stream, TokenTile tile, DeviceRegion in, DeviceRegion act) {
    stream.submit(
        gated
            ? new SwiGluForward(in, act, tile.tokens(), actWidth(), type())
            : new GeluForward(in, act, tile.elements(actWidth()), type()));
  }

  private void activateBackward(Stream stream, TokenTile tile, DeviceRegion in, DeviceRegion act) {
    stream.submit(
        gated
            ? new SwiGluBackward(in, act, tile.tokens(), actWidth(), type())
            : new GeluBackward(in, act, tile.elements(actWidth()), type()));
  }

  private void addTo(Stream stream, TokenTile tile, DeviceRegion rows, DeviceRegion addend) {
    stream.submit(new ResidualAdd(rows, addend, tile.elements(hidden()), type()));
  }

  private DeviceRegion norm(TokenTile tile, KeptTile kept, DeviceRegion workspace) {
    return kept.normed() == null ? first(tile, workspace, hidden()) : kept.normed();
  }

  private DeviceRegion activation(TokenTile tile, KeptTile kept, DeviceRegion workspace) {
    return kept.act() == null ? first(tile, workspace, actWidth()) : kept.act();
  }

  private DeviceRegion rows(TokenTile tile, DeviceRegion all, long width) {
    return tile.rows(all, width, type());
  }

  private DeviceRegion first(TokenTile tile, DeviceRegion workspace, long width) {
    return tile.first(workspace, width, type());
  }

  private ElementType type() {
    return qkv.weight().type();
  }
}
