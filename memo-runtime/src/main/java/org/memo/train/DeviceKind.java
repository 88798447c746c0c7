package org.memo.train;

/** The device that trains. */
public enum DeviceKind {
  /** The best that this build drives, which is {@link #HOST}. */
  AUTO,
  /** This machine's processor. */
  HOST
}
