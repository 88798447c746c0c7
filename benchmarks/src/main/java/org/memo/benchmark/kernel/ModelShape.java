package org.memo.benchmark.kernel;

/** The sizes of a preset model, whose operations are benchmarked. */
public enum ModelShape {
  LLAMA_25M(384, 6, 2, 64, 1024, 32_000),
  LLAMA_1B(2048, 32, 8, 64, 8192, 128_256);

  static final float EPSILON = 1e-5f;

  private final long hidden;
  private final long heads;
  private final long kvHeads;
  private final long headDim;
  private final long ffn;
  private final long vocab;

  ModelShape(long hidden, long heads, long kvHeads, long headDim, long ffn, long vocab) {
    this.hidden = hidden;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.ffn = ffn;
    this.vocab = vocab;
  }

  long hidden() {
    return hidden;
  }

  long heads() {
    return heads;
  }

  long kvHeads() {
    return kvHeads;
  }

  long headDim() {
    return headDim;
  }

  /** Elements of a row of queries, keys and values. */
  long qkvWidth() {
    return (heads + 2 * kvHeads) * headDim;
  }

  long ffn() {
    return ffn;
  }

  long vocab() {
    return vocab;
  }
}
