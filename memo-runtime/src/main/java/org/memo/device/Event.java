package org.memo.device;

/**
 * A point in a stream's work. {@link Stream#record} sets it, {@link Stream#await} makes another
 * stream wait for it: for the newest record at the time of the call, and for nothing where it was
 * never recorded (as CUDA's events do).
 */
public interface Event {
  String name();

  /** Blocks the calling thread until the newest record has been passed. */
  void synchronize();
}
