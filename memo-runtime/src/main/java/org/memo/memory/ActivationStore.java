package org.memo.memory;

import org.memo.device.DeviceRegion;

/**
 * Where an activation lives between the forward pass that writes it and the backward pass that
 * reads it. The step program calls, in every micro-batch and in this order, {@link #beginForward},
 * (it writes the region), {@link #written}, {@link #endForward}, {@link #beginBackward}, (it
 * computes again what {@link #restored} says is missing, and uses the region), {@link
 * #endBackward}. Each call only queues work.
 */
public sealed interface ActivationStore
    permits ResidentStore, RecomputedStore, SwappedStore, WorkspaceStore {

  /** How much of the content is there when the backward pass begins. */
  enum Restored {
    ALL,
    /** The part that was swapped; the rest has to be computed again. */
    SWAPPED_PART,
    NOTHING
  }

  /** The activation's memory, from a begin to the next end. */
  DeviceRegion region();

  /** Makes the region ready to be written. */
  void beginForward();

  /** The computation submitted so far has written the region: its content may leave. */
  void written();

  /** The computation submitted so far is the forward pass's last use of the region. */
  void endForward();

  /** Brings the content back, or memory to compute it again. */
  void beginBackward();

  Restored restored();

  /** The computation submitted so far is the last use of the content. */
  void endBackward();
}
