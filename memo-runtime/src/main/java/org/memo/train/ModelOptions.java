package org.memo.train;

/**
 * Which model to train.
 *
 * @param model the name of a built-in preset, or the path of a Hugging Face folder
 * @param fromScratch random weights, although the folder holds some; presets always start so
 */
public record ModelOptions(String model, boolean fromScratch) {
  public ModelOptions {
    OptionText.require(
        !model.isBlank(), "model", "not given", "a preset's name or a Hugging Face folder");
  }
}
