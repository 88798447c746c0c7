package org.memo.planner.report;

import java.util.regex.Pattern;
import org.memo.planner.trace.RequestTrace;

/** What a tensor of a training step is for; told from the name under which it is requested. */
public enum TensorKind {
  STATES("states", "model states", "parameters and the optimizer's moments"),
  GATHERED("gathered", "gathered parameters", "of the layers at work, from all ranks"),
  GRADIENTS("gradients", "gradients", "of parameters and of activations"),
  RESIDENT("resident", "resident activations", "kept in the slab until the backward pass"),
  BUFFERS("buffers", "rounding buffers", "through which swapped activations pass"),
  WORKSPACE("workspace", "workspaces", "temporaries of one pass"),
  INPUTS("inputs", "inputs and tables", "tokens, targets, rotary tables, sums");

  private static final Pattern OF_A_LAYER = Pattern.compile("layer \\d+ .*");
  private static final Pattern NUMBERED = Pattern.compile(".* \\d+");
  private static final Pattern STATE =
      Pattern.compile("(computing )?parameters|(first|second) moment");

  private final String key;
  private final String label;
  private final String hint;

  TensorKind(String key, String label, String hint) {
    this.key = key;
    this.label = label;
    this.hint = hint;
  }

  /** The kind of a tensor that a section requests. */
  public static TensorKind of(String section, String name) {
    if (name.contains("gradient")) {
      return GRADIENTS;
    }
    if (!section.equals(RequestTrace.SETUP)) {
      return WORKSPACE;
    }
    if (STATE.matcher(name).matches()) {
      return STATES;
    }
    if (name.startsWith("gathered parameters")) {
      return GATHERED;
    }
    if (OF_A_LAYER.matcher(name).matches()) {
      return RESIDENT;
    }
    return NUMBERED.matcher(name).matches() ? BUFFERS : INPUTS;
  }

  /** Names it in the page's data and style. */
  public String key() {
    return key;
  }

  /** For people. */
  public String label() {
    return label;
  }

  String hint() {
    return hint;
  }
}
