package org.memo.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.memo.planner.swap.LayerForm;

/**
 * What the last layers keep on the device instead of swapping it.
 *
 * @param lastForms of the last layers; those before them swap. Empty: the planner decides
 */
public record Residency(Optional<List<LayerForm>> lastForms) {
  /** What makes the step fastest within the memory limits. */
  public static final Residency AUTO = new Residency(Optional.empty());

  /** No layer: every layer swaps. */
  public static final Residency NONE = of(List.of());

  private static final Pattern RUN = Pattern.compile("([a-z_]+):([0-9]{1,4})");
  private static final int MOST_LAYERS = 9999;

  /** Every layer, however many there are: nothing is swapped or recomputed. */
  public static final Residency ALL = of(MOST_LAYERS);

  public Residency {
    lastForms = lastForms.map(List::copyOf);
  }

  /** The last {@code layers}, 0 or more, stay on the device. */
  public static Residency of(int layers) {
    return of(Collections.nCopies(layers, LayerForm.RESIDENT));
  }

  /** The last layers have these forms. */
  public static Residency of(List<LayerForm> lastForms) {
    return new Residency(Optional.of(lastForms));
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @return empty where the text is no residency
   */
  static Optional<Residency> parse(String text) {
    return switch (text) {
      case "auto" -> Optional.of(AUTO);
      case "none" -> Optional.of(NONE);
      case "all" -> Optional.of(ALL);
      case String count when count.matches("[0-9]{1,4}") ->
          Optional.of(of(Integer.parseInt(count)));
      default -> parseRuns(text);
    };
  }

  private static Optional<Residency> parseRuns(String text) {
    List<LayerForm> forms = new ArrayList<>();
    for (String run : text.split(",", -1)) {
      Matcher matcher = RUN.matcher(run);
      Optional<LayerForm> form = matcher.matches() ? form(matcher.group(1)) : Optional.empty();
      if (form.isEmpty()) {
        return Optional.empty();
      }
      forms.addAll(Collections.nCopies(Integer.parseInt(matcher.group(2)), form.get()));
    }
    return Optional.of(of(forms));
  }

  private static Optional<LayerForm> form(String name) {
    for (LayerForm form : LayerForm.values()) {
      if (nameOf(form).equals(name)) {
        return Optional.of(form);
      }
    }
    return Optional.empty();
  }

  /**
   * The forms of the last layers of a model of {@code numLayers}; empty: the planner decides.
   *
   * @throws org.memo.UserInputException when the model has fewer layers
   */
  Optional<List<LayerForm>> formsOf(int numLayers) {
    if (equals(ALL)) {
      return Optional.of(Collections.nCopies(numLayers, LayerForm.RESIDENT));
    }
    lastForms.ifPresent(forms ->
        OptionText.require(
            forms.size() <= numLayers,
            "residency",
            this,
            "auto, none, all, or a number or forms of up to %d layers, the model's"
                .formatted(numLayers)));
    return lastForms;
  }

  /** As {@code --residency} takes it. */
  @Override
  public String toString() {
    if (equals(AUTO)) {
      return "auto";
    }
    if (equals(ALL)) {
      return "all";
    }
    List<LayerForm> forms = lastForms.orElseThrow();
    if (forms.isEmpty()) {
      return "none";
    }
    return Collections.frequency(forms, LayerForm.RESIDENT) == forms.size()
        ? String.valueOf(forms.size())
        : runs(forms);
  }

  private static String runs(List<LayerForm> forms) {
    StringJoiner runs = new StringJoiner(",");
    for (int start = 0; start < forms.size(); ) {
      int end = start;
      while (end < forms.size() && forms.get(end) == forms.get(start)) {
        end++;
      }
      runs.add(nameOf(forms.get(start)) + ":" + (end - start));
      start = end;
    }
    return runs.toString();
  }

  private static String nameOf(LayerForm form) {
    return form.name().toLowerCase(Locale.ROOT);
  }
}
