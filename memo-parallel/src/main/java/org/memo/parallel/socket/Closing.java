package org.memo.parallel.socket;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Closes many things. */
final class Closing {
  private Closing() {}

  /** Closes all of them, and throws what the first that failed has thrown. */
  static void all(Collection<? extends Closeable> open) throws IOException {
    @Nullable IOException failure = null;
    for (Closeable each : open) {
      try {
        each.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
