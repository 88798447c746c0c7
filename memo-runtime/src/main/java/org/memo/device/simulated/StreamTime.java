package org.memo.device.simulated;

/** Where a stream is on the simulated timeline. */
final class StreamTime {
  private double nowSeconds;
  private double stalledSeconds;
  private double stalledAtLastOperation;

  /** When all that the stream was given is done. */
  double nowSeconds() {
    return nowSeconds;
  }

  /** How long the stream has stood still for events. */
  double stalledSeconds() {
    return stalledSeconds;
  }

  /** Stands still until the event, unless it has passed. */
  void await(double eventSeconds) {
    if (eventSeconds > nowSeconds) {
      stalledSeconds += eventSeconds - nowSeconds;
      nowSeconds = eventSeconds;
    }
  }

  /** Is idle until the calling thread gives work: no stall. */
  void advanceTo(double hostSeconds) {
    nowSeconds = Math.max(nowSeconds, hostSeconds);
  }

  /** Works until {@code endSeconds}; returns how long it had stalled since its last work. */
  double finishOperation(double endSeconds) {
    nowSeconds = endSeconds;
    double stalled = stalledSeconds - stalledAtLastOperation;
    stalledAtLastOperation = stalledSeconds;
    return stalled;
  }
}
