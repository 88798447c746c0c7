package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

/**
 * Traces of training steps of transformers, as several kinds of trainer make them. Layers are
 * alike; what differs between two seeds is which temporaries there are and in what order tensors
 * are freed.
 */
final class StepTraces {

  /** Who keeps what for the backward pass, and what layers hand to each other. */
  enum Style {
    /** Passes hold temporaries only; all else is allocated by the setup. */
    FIXED,
    /** As FIXED, but layers hand the residual stream and its gradient on. */
    HANDED_ON,
    /** As HANDED_ON, with a second tensor that is handed on beside the residual stream. */
    TWO_HANDED_ON,
    /** Skeletal activations are allocated forward and freed backward, as PyTorch does. */
    SKELETAL,
    /** Only layer inputs are kept, and the layer is computed again in its backward pass. */
    RECOMPUTED,
    /** Skeletal activations, and besides them a residual stream that forward passes hand on. */
    SKELETAL_AND_HANDED_ON
  }

  /**
   * A model and its sequence on one rank.
   *
   * @param tokens of one rank
   * @param keyValueWidth elements of keys, and of values, of a token
   * @param gated three matrices in the MLP, not two
   * @param lossTokens tokens whose logits exist at once; 0 for a step without a loss
   */
  record Shape(
      int layers,
      long tokens,
      long hidden,
      long keyValueWidth,
      long ffn,
      boolean gated,
      long vocabulary,
      long lossTokens) {

    /** One of GPT 7B to 65B and Llama 1B to 70B, 2 to 96 layers, 64K to 1M tokens on 8 ranks. */
    static Shape random(Random random) {
      long hidden = List.of(2048L, 4096L, 5120L, 7168L, 8192L).get(random.nextInt(5));
      long tokens = (64L << 10) / 8 * (1 + random.nextInt(16));
      boolean llama = random.nextBoolean();
      long[] lossTokens = {tokens, Math.min(tokens, 1024), 0};
      return new Shape(
          List.of(2, 3, 4, 6, 16, 32, 48, 80, 96).get(random.nextInt(9)),
          tokens,
          hidden,
          llama ? hidden / 4 : hidden,
          llama ? 14_336 : 4 * hidden,
          llama,
          llama ? 128_256 : 50_257,
          lossTokens[random.nextInt(3)]);
    }
  }

  private static final int BYTES = 2;

  private final Shape shape;
  private final Style style;
  private final long seed;
  private final RequestTraceRecorder recorder = new RequestTraceRecorder();
  private final List<List<Long>> keptByLayer = new ArrayList<>();
  private Random choices; // the same in every pass of a kind
  private long stream; // the residual stream, or its gradient
  private long side; // handed on beside it, if there are two

  private StepTraces(Shape shape, Style style, long seed) {
    this.shape = shape;
    this.style = style;
    this.seed = seed;
    this.choices = new Random(seed);
  }

  static RequestTrace of(Shape shape, Style style, long seed) {
    return new StepTraces(shape, style, seed).record();
  }

  private RequestTrace record() {
    recorder.beginSection("setup");
    recorder.malloc("weights", 12L * shape.layers * shape.hidden * shape.hidden * BYTES / 8);
    recorder.malloc("optimizer", 12L * shape.layers * shape.hidden * shape.hidden * 12 / 8);
    if (!allocatesSkeletal()) {
      recorder.malloc("rounding 0", rows(16 * shape.hidden));
      recorder.malloc("rounding 1", rows(16 * shape.hidden));
    }
    recorder.beginSection("micro-batch");
    long staging = recorder.malloc("ids", shape.tokens * 8);
    side = handsOnTwo() ? recorder.malloc("side", rows(shape.hidden / 2)) : -1;
    stream = handsOn() ? recorder.malloc("embedding", rows(shape.hidden)) : -1;
    for (int i = 0; i < shape.layers; i++) {
      choices = new Random(seed);
      recorder.beginPass("forward");
      forward();
      recorder.endPass();
    }
    loss();
    for (int i = shape.layers - 1; i >= 0; i--) {
      choices = new Random(seed + 1);
      recorder.beginPass("backward");
      backward(keptByLayer.get(i));
      recorder.endPass();
    }
    if (handsOn()) {
      recorder.free(stream);
    }
    if (handsOnTwo()) {
      recorder.free(side);
    }
    recorder.free(staging);
    recorder.beginSection("optimizer");
    recorder.free(recorder.malloc("norms", 4096));
    return recorder.trace();
  }

  private boolean handsOn() {
    return style != Style.FIXED;
  }

  private boolean handsOnTwo() {
    return style == Style.TWO_HANDED_ON;
  }

  /** Another tensor takes the place of the one beside the stream, now or in a later call. */
  private void maybeHandOnSide(boolean now) {
    if (handsOnTwo() && now) {
      long next = recorder.malloc("side", rows(shape.hidden / 2));
      recorder.free(side);
      side = next;
      maybeTemporary(shape.hidden);
    }
  }

  private boolean allocatesSkeletal() {
    return style == Style.SKELETAL
        || style == Style.RECOMPUTED
        || style == Style.SKELETAL_AND_HANDED_ON;
  }

  private void forward() {
    List<Long> kept = new ArrayList<>();
    boolean keepsAll = style == Style.SKELETAL || style == Style.SKELETAL_AND_HANDED_ON;
    List<Long> made = segment("attention norm", shape.hidden, List.of());
    long queries = recorder.malloc("q", rows(shape.hidden));
    long keyValues = recorder.malloc("kv", rows(2 * shape.keyValueWidth));
    maybeTemporary(shape.hidden);
    long attention = recorder.malloc("attention", rows(shape.hidden));
    long statistics = recorder.malloc("statistics", shape.tokens * 4 * 32);
    end(keepsAll, kept, made);
    end(keepsAll, kept, List.of(queries, keyValues));
    maybeTemporary(shape.hidden);
    long middle = recorder.malloc("middle", rows(shape.hidden));
    end(keepsAll, kept, List.of(attention, statistics));
    long norm = recorder.malloc("mlp norm", rows(shape.hidden));
    long up = recorder.malloc("up", rows(shape.gated ? 2 * shape.ffn : shape.ffn));
    maybeTemporary(shape.ffn);
    long activated = recorder.malloc("activated", rows(shape.ffn));
    end(keepsAll, kept, List.of(norm, up));
    handOnForward(kept, List.of(middle, activated), keepsAll);
    keptByLayer.add(kept);
  }

  private void handOnForward(List<Long> kept, List<Long> lastOnes, boolean keepsAll) {
    if (!handsOn()) {
      end(keepsAll, kept, lastOnes);
      return;
    }
    long input = stream;
    boolean sideFirst = choices.nextBoolean();
    maybeHandOnSide(sideFirst);
    stream = recorder.malloc("stream", rows(shape.hidden));
    maybeHandOnSide(!sideFirst);
    if (style == Style.SKELETAL || style == Style.RECOMPUTED) {
      kept.add(input);
      end(keepsAll, kept, lastOnes);
    } else {
      List<Long> ended = new ArrayList<>(lastOnes);
      ended.add(input);
      Collections.shuffle(ended, choices);
      for (long tensor : ended) {
        end(keepsAll && tensor != input, kept, List.of(tensor));
      }
    }
  }

  private void loss() {
    if (shape.lossTokens > 0) {
      long norm = recorder.malloc("final norm", rows(shape.hidden));
      long logits = recorder.malloc("logits", shape.lossTokens * shape.vocabulary * BYTES);
      if (choices.nextBoolean()) {
        recorder.free(recorder.malloc("log-softmax", shape.lossTokens * shape.vocabulary * BYTES));
      }
      recorder.free(logits);
      recorder.free(norm);
    }
    if (handsOn()) {
      long gradient = recorder.malloc("gradient", rows(shape.hidden));
      recorder.free(stream);
      stream = gradient;
    }
  }

  private void backward(List<Long> kept) {
    List<Long> dying = new ArrayList<>(kept);
    if (style == Style.RECOMPUTED) {
      dying.addAll(
          segment(
              "recomputed", 2 * shape.hidden + shape.ffn, List.of(3 * shape.hidden, shape.ffn)));
    }
    Collections.shuffle(dying, choices);
    long upGradient = recorder.malloc("up gradient", rows(shape.ffn));
    maybeTemporary(shape.ffn);
    freeSome(dying, 2);
    long normGradient = recorder.malloc("norm gradient", rows(shape.hidden));
    recorder.free(upGradient);
    long middleGradient = recorder.malloc("middle gradient", rows(shape.hidden));
    recorder.free(normGradient);
    boolean early = handsOn() && choices.nextBoolean();
    if (early) {
      recorder.free(stream);
    }
    freeSome(dying, 3);
    boolean sideFirst = choices.nextBoolean();
    maybeHandOnSide(sideFirst);
    long qkvGradient =
        recorder.malloc("qkv gradient", rows(shape.hidden + 2 * shape.keyValueWidth));
    maybeTemporary(shape.hidden);
    freeSome(dying, 2);
    if (handsOn()) {
      long gradient = recorder.malloc("gradient", rows(shape.hidden));
      if (!early) {
        recorder.free(stream);
      }
      stream = gradient;
    }
    recorder.free(qkvGradient);
    maybeTemporary(2 * shape.hidden);
    maybeHandOnSide(!sideFirst);
    recorder.free(middleGradient);
    freeSome(dying, dying.size());
  }

  /** A few tensors, some of them temporaries. */
  private List<Long> segment(String name, long width, List<Long> moreWidths) {
    List<Long> made = new ArrayList<>();
    made.add(recorder.malloc(name, rows(width)));
    for (long more : moreWidths) {
      maybeTemporary(more);
      made.add(recorder.malloc(name, rows(more)));
    }
    return made;
  }

  private void maybeTemporary(long width) {
    if (choices.nextBoolean()) {
      long temporary = recorder.malloc("temporary", rows(width));
      if (choices.nextBoolean()) {
        recorder.free(recorder.malloc("workspace", rows(width / 2)));
      }
      recorder.free(temporary);
    }
  }

  private void end(boolean keeps, List<Long> kept, List<Long> tensors) {
    if (keeps) {
      kept.addAll(tensors);
    } else {
      tensors.forEach(recorder::free);
    }
  }

  private void freeSome(List<Long> dying, int count) {
    for (int i = 0; i < count && !dying.isEmpty(); i++) {
      recorder.free(dying.removeLast());
    }
  }

  private long rows(long width) {
    return shape.tokens * width * BYTES;
  }
}
