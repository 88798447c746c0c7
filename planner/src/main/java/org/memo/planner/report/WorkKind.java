package org.memo.planner.report;

/** What a stream does. */
public enum WorkKind {
  MATRIX("matrix", "matrix products"),
  ATTENTION("attention", "attention"),
  MEMORY_BOUND("memory", "memory-bound work"),
  COLLECTIVE("collective", "collectives"),
  COPY_OUT("out", "copies to host"),
  COPY_IN("in", "copies to device"),
  STALL("stall", "stalls");

  private final String key;
  private final String label;

  WorkKind(String key, String label) {
    this.key = key;
    this.label = label;
  }

  /** Names it in the page's data and style. */
  String key() {
    return key;
  }

  /** For people. */
  public String label() {
    return label;
  }
}
