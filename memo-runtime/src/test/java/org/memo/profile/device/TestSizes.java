package org.memo.profile.device;

import java.util.List;

/** Work so small that a test does all of it. */
final class TestSizes {
  static final BenchSizes SMALL =
      new BenchSizes(
          32L << 20,
          64,
          128,
          64,
          256,
          32,
          4096,
          List.of(32L, 64L),
          List.of(32L, 64L),
          List.of(32, 64),
          128,
          1e6,
          64,
          1,
          0);

  private TestSizes() {}
}
