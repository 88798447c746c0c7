package org.memo.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where each parameter lies in one flat vector of f32. First come all matrices (embeddings,
 * projections, head), then all vectors (norm weights, biases), so that weight decay on matrices is
 * a prefix. Each block starts at a multiple of {@link #ALIGNMENT_ELEMENTS}; inside a block the
 * fused members lie directly together.
 *
 * @param elements of the whole vector, with padding
 * @param matrixElements of the prefix that holds the matrices, with padding
 * @param parameterCount without padding
 * @param tensors Hugging Face's tensors, by ascending offset; each a contiguous range
 * @param head [V, E]; the token embedding where the head is tied
 */
public record ParameterLayout(
    long elements,
    long matrixElements,
    long parameterCount,
    List<Tensor> tensors,
    Block tokenEmbedding,
    @Nullable Block positionEmbedding,
    List<LayerBlocks> layers,
    Block finalNorm,
    @Nullable Block finalNormBias,
    Block head) {

  /** 64 bytes: a cache line, and an AVX-512 register. */
  public static final long ALIGNMENT_ELEMENTS = 16;

  public ParameterLayout {
    tensors = List.copyOf(tensors);
    layers = List.copyOf(layers);
  }

  /** The layout of a model; throws UserInputException where its size overflows. */
  public static ParameterLayout of(ModelConfig config) {
    return new LayoutBuilder(config).build();
  }

  /** The blocks of layer {@code index}, from 0. */
  public LayerBlocks layer(int index) {
    return layers.get(index);
  }

  /** Bytes of the whole vector. */
  public long sizeBytes() {
    return elements * Float.BYTES;
  }

  /**
   * One of Hugging Face's tensors.
   *
   * @param shape one or two dimensions
   * @param offsetElements from the start of the flat vector
   */
  public record Tensor(String name, List<Long> shape, long offsetElements) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    public boolean isMatrix() {
      return shape.size() == 2;
    }

    public long elements() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    public long endElements() {
      return offsetElements + elements();
    }
  }

  /**
   * What one operation uses: a matrix, or a vector with one input.
   *
   * @param outputs rows of {@code x W^T}'s W, also of an embedding
   * @param inputMajor stored [inputs, outputs] (GPT-2's Conv1D), otherwise [outputs, inputs]
   */
  public record Block(
      String name, long offsetElements, long outputs, long inputs, boolean inputMajor) {
    public long elements() {
      return outputs * inputs;
    }
  }

  /**
   * The parameters of a layer.
   *
   * @param qkv (H + 2K) D outputs: queries, then keys, then values
   * @param mlpIn 2F outputs, gate then up, where the MLP is gated; otherwise F
   */
  public record LayerBlocks(
      Block attentionNorm,
      @Nullable Block attentionNormBias,
      Block qkv,
      @Nullable Block qkvBias,
      Block attentionOutput,
      @Nullable Block attentionOutputBias,
      Block mlpNorm,
      @Nullable Block mlpNormBias,
      Block mlpIn,
      @Nullable Block mlpInBias,
      Block mlpOut,
      @Nullable Block mlpOutBias) {}
}
