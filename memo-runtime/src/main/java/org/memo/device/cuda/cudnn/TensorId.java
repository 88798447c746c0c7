package org.memo.device.cuda.cudnn;

/** The tensors of a plan that lie in memory: its graph and its executions name them by these. */
enum TensorId {
  QUERIES,
  KEYS,
  VALUES,
  OUT,
  LOG_SUM_EXP,
  OUT_GRADIENT,
  QUERIES_GRADIENT,
  KEYS_GRADIENT,
  VALUES_GRADIENT,
  /** The row sums of the output times its gradient. */
  DELTA,
  /** The gradient of the queries in f32, before it is rounded. */
  QUERIES_GRADIENT_SUMS,
  /** Where each segment's queries, keys and values begin, in elements: [segments + 1] i64. */
  QKV_STARTS,
  /** The same of its outputs. */
  OUT_STARTS,
  /** The same of a head's log-sum-exps: the first token. */
  TOKEN_STARTS,
  /** How many tokens each segment has: [segments] i32. */
  LENGTHS,
  /** The gradients of keys for each query head, before they are summed, in bf16. */
  KEYS_GRADIENT_OF_EACH_HEAD,
  /** The same of values. */
  VALUES_GRADIENT_OF_EACH_HEAD,
  SCALE,
  MINUS_INFINITY,
  ONE;

  /** cuDNN's unique id of it. */
  long id() {
    return 1 + ordinal();
  }
}
