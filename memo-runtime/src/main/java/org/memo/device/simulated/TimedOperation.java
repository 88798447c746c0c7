package org.memo.device.simulated;

/**
 * An operation on a simulated timeline. Seconds count from the making of the device.
 *
 * @param stream that ran it
 * @param name of the operation
 * @param startSeconds when its work began
 * @param endSeconds when its work was done
 * @param stalledSeconds how long the stream had stood still for events since its operation before
 * @param copiedToHostBytes from slab to host memory; negative where they are copied back
 */
public record TimedOperation(
    String stream,
    String name,
    double startSeconds,
    double endSeconds,
    double stalledSeconds,
    long copiedToHostBytes) {

  /** The same with its seconds counted from a later moment. */
  public TimedOperation from(double seconds) {
    return new TimedOperation(
        stream,
        name,
        startSeconds - seconds,
        endSeconds - seconds,
        stalledSeconds,
        copiedToHostBytes);
  }
}
