package org.memo.bindings.cudnn;

import org.memo.bindings.cudnn.generated.Cudnn;

/** Versions of cuDNN: {@code 10000 major + 100 minor + patch}. */
public final class CudnnVersion {
  /** The first with causal attention as one operation. */
  public static final long ONE_OPERATION_ATTENTION = 92100;

  private CudnnVersion() {}

  /** Of the loaded library. */
  public static long loaded() {
    return Cudnn.cudnnGetVersion();
  }

  /** For people: 92400 is "9.24.0". */
  public static String text(long version) {
    return "%d.%d.%d".formatted(version / 10000, version / 100 % 100, version % 100);
  }
}
