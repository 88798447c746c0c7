package org.memo.device.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Owns things and closes them all, the newest first, once. */
final class ClosingStack implements AutoCloseable {
  private final Deque<Closing> owned = new ArrayDeque<>();

  /** A close that throws nothing checked. */
  @FunctionalInterface
  interface Closing {
    void close();
  }

  /** Takes a thing over. */
  void own(Closing thing) {
    owned.push(thing);
  }

  /** Hands everything over, to be closed in the same order. */
  void moveTo(ClosingStack other) {
    while (!owned.isEmpty()) {
      other.owned.push(owned.removeLast());
    }
  }

  /** Closes what was taken over so far, for a constructor that failed. */
  void closeAfter(Throwable failure) {
    try {
      close();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  /** Closes everything; throws the first failure with the others suppressed. */
  @Override
  public void close() {
    RuntimeException first = null;
    while (!owned.isEmpty()) {
      first = closeOne(owned.pop(), first);
    }
    if (first != null) {
      throw first;
    }
  }

  private static @Nullable RuntimeException closeOne(
      Closing thing, @Nullable RuntimeException first) {
    try {
      thing.close();
      return first;
    } catch (RuntimeException e) {
      if (first == null) {
        return e;
      }
      first.addSuppressed(e);
      return first;
    }
  }
}
