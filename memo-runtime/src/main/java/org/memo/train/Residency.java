package org.memo.train;

import java.util.OptionalInt;

/**
 * Which layers keep their skeletal activations on the device instead of swapping them.
 *
 * @param lastLayers how many of the last layers; empty: the planner decides
 */
public record Residency(OptionalInt lastLayers) {
  /** As many of the last layers as the slab has room for. */
  public static final Residency AUTO = new Residency(OptionalInt.empty());

  /** No layer: every layer swaps. */
  public static final Residency NONE = of(0);

  /** Every layer, however many there are: nothing is swapped or recomputed. */
  public static final Residency ALL = of(Integer.MAX_VALUE);

  /** The last {@code layers}, 0 or more. */
  public static Residency of(int layers) {
    return new Residency(OptionalInt.of(layers));
  }

  /**
   * The number of layers in a model of {@code numLayers}; empty: the planner decides.
   *
   * @throws org.memo.UserInputException when the model has fewer layers
   */
  OptionalInt layersOf(int numLayers) {
    if (lastLayers.isEmpty()) {
      return lastLayers;
    }
    if (equals(ALL)) {
      return OptionalInt.of(numLayers);
    }
    OptionText.require(
        lastLayers.getAsInt() <= numLayers,
        "residency",
        lastLayers.getAsInt(),
        "auto, none, all or a number up to %d, the model's layers".formatted(numLayers));
    return lastLayers;
  }

  /** As {@code --residency} takes it. */
  @Override
  public String toString() {
    if (equals(AUTO)) {
      return "auto";
    }
    return equals(NONE) ? "none" : equals(ALL) ? "all" : String.valueOf(lastLayers.getAsInt());
  }
}
