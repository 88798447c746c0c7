package org.memo.device.cuda;

/**
 * The one platform thread that may use a device, for as long as that is open: CUDA's current device
 * and last error belong to the thread, and a virtual thread may move from one to another.
 */
final class DrivingThread {
  private final Thread owner;
  private final int ordinal;
  private volatile boolean closed;

  private DrivingThread(Thread owner, int ordinal) {
    this.owner = owner;
    this.ordinal = ordinal;
  }

  /**
   * The calling thread.
   *
   * @throws IllegalStateException when it is virtual
   */
  static DrivingThread ofCaller(int ordinal) {
    Thread caller = Thread.currentThread();
    if (caller.isVirtual()) {
      throw new IllegalStateException(
          "GPU %d is opened by a virtual thread, which may move: open it in a platform thread"
              .formatted(ordinal));
    }
    return new DrivingThread(caller, ordinal);
  }

  /** Fails unless the calling thread is the one and the device is open. */
  void require() {
    requireOwner();
    if (closed) {
      throw new IllegalStateException("the device on GPU %d is closed".formatted(ordinal));
    }
  }

  /** The device is used no more; whether it was open until now. */
  boolean end() {
    if (closed) {
      return false;
    }
    requireOwner();
    closed = true;
    return true;
  }

  private void requireOwner() {
    Thread caller = Thread.currentThread();
    if (!caller.equals(owner)) {
      throw new IllegalStateException(
          "GPU %d was opened by thread \"%s\" and is used by thread \"%s\": one thread drives a GPU"
              .formatted(ordinal, owner.getName(), caller.getName()));
    }
  }
}
