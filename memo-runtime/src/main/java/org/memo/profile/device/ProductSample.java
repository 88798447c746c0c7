package org.memo.profile.device;

/** What a product of [m, k] and [k, n] took. */
record ProductSample(long m, long n, long k, double seconds) {
  double flops() {
    return 2.0 * m * n * k;
  }

  double outputs() {
    return (double) m * n;
  }
}
