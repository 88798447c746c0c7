package org.memo.planner.cost;

/** Which way a copy between device and host goes. */
public enum CopyDirection {
  /** Device to host (D2H). */
  TO_HOST,
  /** Host to device (H2D). */
  TO_DEVICE
}
