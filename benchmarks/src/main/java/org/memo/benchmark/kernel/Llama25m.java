package org.memo.benchmark.kernel;

/** The sizes of the preset {@code llama-25m}. */
final class Llama25m {
  static final long HIDDEN = 384;
  static final long HEADS = 6;
  static final long KV_HEADS = 2;
  static final long HEAD_DIM = 64;
  static final long QKV_WIDTH = (HEADS + 2 * KV_HEADS) * HEAD_DIM;
  static final long FFN = 1024;
  static final long VOCAB = 32000;
  static final float EPSILON = 1e-5f;

  private Llama25m() {}
}
