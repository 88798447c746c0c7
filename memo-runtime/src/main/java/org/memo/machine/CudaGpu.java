package org.memo.machine;

import java.util.Optional;
import org.memo.bindings.MissingLibraryException;

/** An NVIDIA GPU. */
final class CudaGpu {
  private CudaGpu() {}

  static Optional<LocalDevice> first() {
    return Optional.empty();
  }

  static LocalDevice find(int ordinal) {
    throw new MissingLibraryException(
        "--device is cuda:%d, but there is no such GPU; give auto or host".formatted(ordinal));
  }
}
