package org.memo.bindings.cudnn;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Closes many descriptors, last first, all of them whatever fails. */
final class Closing {
  private Closing() {}

  /** Throws the first failure with the others suppressed. */
  static void all(List<CudnnDescriptor> descriptors) {
    RuntimeException first = close(descriptors, null);
    if (first != null) {
      throw first;
    }
  }

  /** After a failure that the caller throws: further failures are suppressed in it. */
  static void after(RuntimeException failure, List<CudnnDescriptor> descriptors) {
    close(descriptors, failure);
  }

  private static @Nullable RuntimeException close(
      List<CudnnDescriptor> descriptors, @Nullable RuntimeException failure) {
    RuntimeException first = failure;
    for (CudnnDescriptor descriptor : descriptors.reversed()) {
      try {
        descriptor.close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    return first;
  }
}
