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
  SCALE,
  MINUS_INFINITY,
  ONE;

  /** cuDNN's unique id of it. */
  long id() {
    return 1 + ordinal();
  }
}
