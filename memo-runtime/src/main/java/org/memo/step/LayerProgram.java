package org.memo.step;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.KeptSet;
import org.memo.layer.KeptTile;
import org.memo.layer.TokenTile;
import org.memo.layer.TransformerLayer;
import org.memo.memory.ActivationStore;
import org.memo.memory.ActivationStore.Restored;
import org.memo.memory.SlabAllocator;
import org.memo.planner.swap.LayerForm;

/**
 * The forward and the backward pass of one layer (MEMO, section 4): what it needs for the backward
 * pass is kept, swapped or computed again, as its {@link LayerMemory} says.
 */
final class LayerProgram {
  private final Stream compute;
  private final SlabAllocator allocator;
  private final StepShape shape;
  private final Attention attention;
  private final TransformerLayer layer;
  private final LayerMemory memory;
  private long recomputedTokens;

  LayerProgram(
      Stream compute,
      SlabAllocator allocator,
      StepShape shape,
      Attention attention,
      TransformerLayer layer,
      LayerMemory memory) {
    this.compute = compute;
    this.allocator = allocator;
    this.shape = shape;
    this.attention = attention;
    this.layer = layer;
    this.memory = memory;
  }

  /** [T, E]: the layer's input, ready to be written. */
  DeviceRegion beginInput() {
    memory.input().beginForward();
    return memory.input().region();
  }

  /** Tokens whose activations were computed again since the program was made. */
  long recomputedTokens() {
    return recomputedTokens;
  }

  /**
   * Once the input is written.
   *
   * @param output [T, E], ready to be written
   */
  void forward(Attention.Segments segments, DeviceRegion output) {
    allocator.beginPass(StepProgram.forwardPass(memory.form()));
    memory.input().written(); // it can leave while the layer computes on it
    memory.qkv().beginForward();
    memory.attention().beginForward();
    if (memory.norm() != null) {
      memory.norm().beginForward();
    }
    computeQkv(shape.tiles());
    memory.qkv().written();
    if (memory.norm() != null) {
      memory.norm().written();
      memory.norm().endForward();
    }
    attend(segments, memory.qkv()::endForward);
    memory.attention().written();
    forwardAfterAttention(output);
    memory.input().endForward();
    memory.attention().endForward();
    allocator.endPass();
  }

  /**
   * The gradients.
   *
   * @param gradient [T, E]: of the layer's output, becomes that of its input
   */
  void backward(Attention.Segments segments, DeviceRegion gradient) {
    allocator.beginPass(backwardPass());
    memory.input().beginBackward();
    memory.attention().beginBackward();
    boolean attentionAgain = memory.attention().restored() == Restored.NOTHING;
    if (attentionAgain) {
      beginQkv();
      attend(segments, () -> {});
    }
    DeviceRegion outGradient = allocator.allocate("attention gradient", shape.attentionOutBytes());
    backwardAfterAttention(gradient, outGradient);
    if (!attentionAgain) {
      beginQkv();
    }
    Attention.Gradient qkvGradient =
        attention.backward(
            segments,
            memory.qkv().region(),
            attentionOut(),
            shape.logSumExp(memory.attention().region()),
            outGradient,
            memory.qkv()::endBackward);
    memory.attention().endBackward();
    backwardBeforeAttention(qkvGradient.region(), gradient);
    qkvGradient.used().run();
    if (memory.norm() != null) {
      memory.norm().endBackward();
    }
    memory.input().endBackward();
    allocator.endPass();
  }

  /** Passes of a kind make the same requests: whether q, k and v are computed again makes two. */
  private String backwardPass() {
    String kind = StepProgram.backwardPass(memory.form());
    boolean complete = shape.tiles().stream().noneMatch(tile -> isMissing(tile, memory.qkv()));
    return memory.form() == LayerForm.SWAPPED && complete ? kind + " with its qkv" : kind;
  }

  private void attend(Attention.Segments segments, Runnable qkvUsed) {
    attention.forward(
        segments,
        memory.qkv().region(),
        attentionOut(),
        shape.logSumExp(memory.attention().region()),
        qkvUsed);
  }

  private void forwardAfterAttention(DeviceRegion output) {
    boolean needed = layer.keptSet() == KeptSet.NEEDED;
    TileWorkspace workspace = TileWorkspace.allocate(allocator, shape, needed, needed);
    if (memory.workspace() != null) {
      memory.workspace().beginForward();
    }
    for (int t = 0; t < shape.tiles().size(); t++) {
      TokenTile tile = shape.tiles().get(t);
      ActivationStore kept = memory.tiles().get(t);
      kept.beginForward();
      layer.afterAttention(
          compute,
          tile,
          memory.input().region(),
          attentionOut(),
          layer.kept(kept.region(), tile),
          output,
          workspace.normed(),
          workspace.act());
      kept.written();
      kept.endForward();
    }
    if (memory.workspace() != null) {
      memory.workspace().endForward();
    }
    workspace.free(allocator);
  }

  private void backwardAfterAttention(DeviceRegion gradient, DeviceRegion outGradient) {
    boolean needed = layer.keptSet() == KeptSet.NEEDED;
    TileWorkspace workspace = TileWorkspace.allocate(allocator, shape, needed, true);
    if (memory.workspace() != null) {
      memory.workspace().beginBackward();
    }
    for (int t = shape.tiles().size() - 1; t >= 0; t--) {
      TokenTile tile = shape.tiles().get(t);
      ActivationStore store = memory.tiles().get(t);
      store.beginBackward();
      KeptTile kept = layer.kept(store.region(), tile);
      if (isMissing(tile, store)) {
        layer.recompute(
            compute, tile, memory.input().region(), attentionOut(), kept, workspace.normed());
        recomputedTokens += tile.tokens();
      }
      layer.backwardAfterAttention(
          compute,
          tile,
          attentionOut(),
          kept,
          gradient,
          outGradient,
          workspace.normed(),
          workspace.act());
      store.endBackward();
    }
    if (memory.workspace() != null) {
      memory.workspace().endBackward();
    }
    workspace.free(allocator);
  }

  private void backwardBeforeAttention(DeviceRegion qkvGradient, DeviceRegion gradient) {
    DeviceRegion norms = beginNorms();
    for (TokenTile tile : shape.tiles()) {
      layer.backwardBeforeAttention(
          compute, tile, memory.input().region(), qkvGradient, gradient, norm(norms, tile));
    }
    endNorms(norms);
  }

  /** Fetches or computes again the queries, keys and values that the layer left. */
  private void beginQkv() {
    if (memory.norm() != null) {
      memory.norm().beginBackward();
    }
    memory.qkv().beginBackward();
    List<TokenTile> missing =
        shape.tiles().stream().filter(tile -> isMissing(tile, memory.qkv())).toList();
    if (!missing.isEmpty()) {
      computeQkv(missing);
    }
  }

  private static boolean isMissing(TokenTile tile, ActivationStore store) {
    return switch (store.restored()) {
      case ALL -> false;
      case SWAPPED_PART -> !tile.swapped();
      case NOTHING -> true;
    };
  }

  private void computeQkv(List<TokenTile> tiles) {
    DeviceRegion norms = beginNorms();
    for (TokenTile tile : tiles) {
      layer.beforeAttention(
          compute, tile, memory.input().region(), memory.qkv().region(), norm(norms, tile));
    }
    endNorms(norms);
  }

  /** The kept norms [T, E], or a workspace for one tile's. */
  private DeviceRegion beginNorms() {
    return memory.norm() == null
        ? allocator.allocate("attention norm", shape.tileBytes(shape.hidden()))
        : memory.norm().region();
  }

  private void endNorms(DeviceRegion norms) {
    if (memory.norm() == null) {
      allocator.free(norms);
    }
  }

  private DeviceRegion norm(DeviceRegion norms, TokenTile tile) {
    return memory.norm() == null
        ? tile.first(norms, shape.hidden(), shape.type())
        : tile.rows(norms, shape.hidden(), shape.type());
  }

  private DeviceRegion attentionOut() {
    return shape.attentionOut(memory.attention().region());
  }
}
