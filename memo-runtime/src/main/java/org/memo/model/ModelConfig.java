package org.memo.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * What a model is, read from the {@code config.json} of a Hugging Face folder. Whatever Memo does
 * not compute exactly as Hugging Face does is refused by name when the file is read.
 *
 * @param vocabSize V
 * @param hiddenSize E
 * @param numHeads H, query heads
 * @param numKvHeads K, key and value heads; divides H
 * @param headDim D; H * D need not be E
 * @param ffnSize F
 * @param normEpsilon added to the variance in f32
 * @param tiedHead the head shares the token embedding's weights
 * @param initializerRange standard deviation of fresh weights
 * @param maxPositions what the model says it was made for; only learned positions enforce it
 * @param slidingWindow tokens that attention looks back on, itself included; null for all
 * @param paddingToken the token whose embedding row gets no gradient from the embedding (torch's
 *     {@code padding_idx}, from {@code pad_token_id}); null for none
 * @param tensorPrefix what tensor names start with in the folder that this was read from
 * @param warnings what the file asks for and training will not do, a sentence each
 * @param source the file or preset, for messages
 * @param json the original tree; do not change it, {@link #toJson()} gives a copy
 */
public record ModelConfig(
    Architecture architecture,
    long vocabSize,
    long hiddenSize,
    int numLayers,
    long numHeads,
    long numKvHeads,
    long headDim,
    long ffnSize,
    NormKind norm,
    float normEpsilon,
    Activation activation,
    PositionEncoding positions,
    boolean tiedHead,
    Biases biases,
    double initializerRange,
    long maxPositions,
    @Nullable Long slidingWindow,
    @Nullable Long paddingToken,
    String tensorPrefix,
    List<String> warnings,
    String source,
    ObjectNode json) {

  public ModelConfig {
    warnings = List.copyOf(warnings);
  }

  /**
   * Reads a {@code config.json}; throws {@link UserInputException} naming what is not supported.
   */
  public static ModelConfig read(Path configFile) {
    return ModelConfigParser.parse(JsonFile.readObject(configFile), configFile.toString());
  }

  /** As {@link #read}, from a tree; {@code source} names it in messages. */
  public static ModelConfig of(ObjectNode json, String source) {
    return ModelConfigParser.parse(json, source);
  }

  /** Whether positions rotate queries and keys; otherwise they are learned. */
  public boolean isRotary() {
    return positions instanceof PositionEncoding.Rotary;
  }

  /** Whether the MLP's first matrix gives gate and up. */
  public boolean isGated() {
    return activation == Activation.SWIGLU;
  }

  /** (H + 2K) D: the columns of queries, keys and values together. */
  public long qkvSize() {
    return (numHeads + 2 * numKvHeads) * headDim;
  }

  /** H D: the columns of the attention's output. */
  public long attentionSize() {
    return numHeads * headDim;
  }

  /** The [D/2] inverse frequencies of a rotary model, as Hugging Face computes them. */
  public float[] inverseFrequencies() {
    if (positions instanceof PositionEncoding.Rotary rotary) {
      return rotary.frequencies().inverse(headDim);
    }
    throw new IllegalStateException(source + " has learned positions, no rotary frequencies");
  }

  /**
   * Refuses a length at which this model would attend or position otherwise than is trained here.
   */
  public void requireSequenceLength(long sequenceLength) {
    if (slidingWindow != null && slidingWindow < sequenceLength) {
      throw new UserInputException(
          ("%s has sliding_window %d, and attention within a window is not supported:"
                  + " the sequence length is %d, at most %d is valid.")
              .formatted(source, slidingWindow, sequenceLength, slidingWindow));
    }
    if (positions instanceof PositionEncoding.Learned(long count) && count < sequenceLength) {
      throw new UserInputException(
          "%s has %d learned positions: the sequence length is %d, at most %d is valid."
              .formatted(source, count, sequenceLength, count));
    }
  }

  /** The longest sequence that {@link #requireSequenceLength} lets pass. */
  public long longestSequence() {
    long window = slidingWindow == null ? Long.MAX_VALUE : slidingWindow;
    return positions instanceof PositionEncoding.Learned(long count)
        ? Math.min(count, window)
        : window;
  }

  /** The original {@code config.json}, all its keys kept, with f32 as the type of the tensors. */
  public ObjectNode toJson() {
    ObjectNode copy = json.deepCopy();
    if (copy.has("dtype")) {
      copy.put("dtype", "float32");
    }
    if (copy.has("torch_dtype") || !copy.has("dtype")) {
      copy.put("torch_dtype", "float32");
    }
    return copy;
  }

  ModelConfig withTensorPrefix(String prefix) {
    return with(numLayers, positions, prefix);
  }

  /** The same model with other layers: for looking at a few of many equal ones. */
  public ModelConfig withNumLayers(int layers) {
    return with(layers, positions, tensorPrefix);
  }

  ModelConfig withPositions(PositionEncoding encoding) {
    return with(numLayers, encoding, tensorPrefix);
  }

  private ModelConfig with(int layers, PositionEncoding encoding, String prefix) {
    return new ModelConfig(
        architecture,
        vocabSize,
        hiddenSize,
        layers,
        numHeads,
        numKvHeads,
        headDim,
        ffnSize,
        norm,
        normEpsilon,
        activation,
        encoding,
        tiedHead,
        biases,
        initializerRange,
        maxPositions,
        slidingWindow,
        paddingToken,
        prefix,
        warnings,
        source,
        json);
  }
}
