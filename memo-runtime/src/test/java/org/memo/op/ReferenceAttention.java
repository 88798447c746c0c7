package org.memo.op;

import java.util.Arrays;

/**
 * Causal, grouped-query attention within segments in double precision, with all scores written out.
 * Rows of qkv hold H queries, K keys and K values of D elements.
 */
final class ReferenceAttention {
  private final AttentionShape shape;
  private final long[] segmentOffsets;
  private final double[] qkv;

  /** Of a head and a token with the keys [0, token]; 0 before the segment. */
  private final double[][][] probabilities;

  private final double[] logSumExp;
  private double largestScore;

  ReferenceAttention(AttentionShape shape, long[] segmentOffsets, double[] qkv) {
    this.shape = shape;
    this.segmentOffsets = segmentOffsets;
    this.qkv = qkv;
    int tokens = (int) shape.tokens();
    probabilities = new double[(int) shape.heads()][tokens][];
    logSumExp = new double[(int) shape.heads() * tokens];
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < tokens; token++) {
        double[] scores = scores(head, token);
        double logSum = logSumExp(scores);
        logSumExp[head * tokens + token] = logSum;
        probabilities[head][token] =
            Arrays.stream(scores).map(score -> Math.exp(score - logSum)).toArray();
      }
    }
  }

  /** [T, H D] */
  double[] out() {
    double[] out = new double[(int) (shape.tokens() * shape.outWidth())];
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < shape.tokens(); token++) {
        for (int key = segmentBegin(token); key <= token; key++) {
          double probability = probabilities[head][token][key];
          addRow(out, out(head, token), probability, qkv, value(head, key));
        }
      }
    }
    return out;
  }

  /** [H, T] */
  double[] logSumExp() {
    return logSumExp;
  }

  double largestScore() {
    return largestScore;
  }

  /** [T, (H + 2K) D]: with P the probabilities, dS = P (dP - sum(P dP)). */
  double[] gradient(double[] dout) {
    return gradient(dout, out());
  }

  /**
   * The same where the forward pass has stored the output as {@code out}, of which the backward
   * pass takes sum(P dP) = sum(dout out).
   */
  double[] gradient(double[] dout, double[] out) {
    double[] dqkv = new double[qkv.length];
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < shape.tokens(); token++) {
        double mean = dot(dout, out(head, token), out, out(head, token));
        addGradient(dqkv, dout, mean, head, token);
      }
    }
    return dqkv;
  }

  private void addGradient(double[] dqkv, double[] dout, double mean, int head, int token) {
    int first = segmentBegin(token);
    double[] p = probabilities[head][token];
    double[] dp = new double[token + 1];
    for (int key = first; key <= token; key++) {
      dp[key] = dot(dout, out(head, token), qkv, value(head, key));
    }
    for (int key = first; key <= token; key++) {
      double dscore = p[key] * (dp[key] - mean) * shape.scale();
      addRow(dqkv, query(head, token), dscore, qkv, key(head, key));
      addRow(dqkv, key(head, key), dscore, qkv, query(head, token));
      addRow(dqkv, value(head, key), p[key], dout, out(head, token));
    }
  }

  /** Of the keys [0, token]; minus infinity before the segment. */
  private double[] scores(int head, int token) {
    double[] scores = new double[token + 1];
    Arrays.fill(scores, Double.NEGATIVE_INFINITY);
    for (int key = segmentBegin(token); key <= token; key++) {
      scores[key] = dot(qkv, query(head, token), qkv, key(head, key)) * shape.scale();
      largestScore = Math.max(largestScore, Math.abs(scores[key]));
    }
    return scores;
  }

  private static double logSumExp(double[] scores) {
    double largest = Arrays.stream(scores).max().orElseThrow();
    return largest + Math.log(Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum());
  }

  private double dot(double[] a, int aBegin, double[] b, int bBegin) {
    double sum = 0;
    for (int d = 0; d < shape.headDim(); d++) {
      sum += a[aBegin + d] * b[bBegin + d];
    }
    return sum;
  }

  /** {@code to += factor * from}, D elements. */
  private void addRow(double[] to, int toBegin, double factor, double[] from, int fromBegin) {
    for (int d = 0; d < shape.headDim(); d++) {
      to[toBegin + d] += factor * from[fromBegin + d];
    }
  }

  private int segmentBegin(int token) {
    int segment = 0;
    while (segmentOffsets[segment + 1] <= token) {
      segment++;
    }
    return (int) segmentOffsets[segment];
  }

  private int query(int head, int token) {
    return (int) (token * shape.qkvWidth() + head * shape.headDim());
  }

  private int key(int head, int token) {
    return query(0, token) + (int) ((shape.heads() + kvHead(head)) * shape.headDim());
  }

  private int value(int head, int token) {
    return key(head, token) + (int) (shape.kvHeads() * shape.headDim());
  }

  private int out(int head, int token) {
    return (int) (token * shape.outWidth() + head * shape.headDim());
  }

  private long kvHead(int head) {
    return head / (shape.heads() / shape.kvHeads());
  }
}
