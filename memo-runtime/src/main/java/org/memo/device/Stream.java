package org.memo.device;

import org.memo.op.Operation;

/**
 * A queue of work that a device runs in order. Calls return at once; only {@link #synchronize}
 * waits. One thread drives a device's streams.
 */
public interface Stream {
  String name();

  /** Appends an operation. Its failure surfaces at the next call that waits. */
  void submit(Operation operation);

  /** Sets {@code event} to the end of the work submitted so far. */
  void record(Event event);

  /** Makes work submitted later wait until {@code event} has been passed. */
  void await(Event event);

  /**
   * Waits until all submitted work is done.
   *
   * @throws DeviceException when an operation failed
   */
  void synchronize();

  /** How long this stream has stood still for events of other streams since it was made. */
  long stalledNanos();
}
