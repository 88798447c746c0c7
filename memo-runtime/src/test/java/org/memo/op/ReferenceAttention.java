package org.memo.op;

import java.util.Arrays;

/**
 * Causal, grouped-query attention within segments in double precision, with each token's scores
 * written out. Rows of qkv hold H queries, K keys and K values of D elements.
 */
final class ReferenceAttention {
  private final AttentionShape shape;
  private final long[] segmentOffsets;
  private final double[] qkv;

  ReferenceAttention(AttentionShape shape, long[] segmentOffsets, double[] qkv) {
    this.shape = shape;
    this.segmentOffsets = segmentOffsets;
    this.qkv = qkv;
  }

  /** [T, H D] */
  double[] out() {
    double[] out = new double[(int) (shape.tokens() * shape.outWidth())];
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < shape.tokens(); token++) {
        double[] probabilities = probabilities(head, token);
        for (int key = segmentBegin(token); key <= token; key++) {
          for (int d = 0; d < shape.headDim(); d++) {
            out[out(head, token) + d] += probabilities[key] * qkv[value(head, key) + d];
          }
        }
      }
    }
    return out;
  }

  /** [H, T] */
  double[] logSumExp() {
    double[] sums = new double[(int) (shape.heads() * shape.tokens())];
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < shape.tokens(); token++) {
        sums[(int) (head * shape.tokens()) + token] = logSumExp(scores(head, token));
      }
    }
    return sums;
  }

  /** [T, (H + 2K) D]: with P the probabilities, dS = P (dP - sum(P dP)). */
  double[] gradient(double[] dout) {
    double[] dqkv = new double[qkv.length];
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < shape.tokens(); token++) {
        addGradient(dqkv, dout, head, token);
      }
    }
    return dqkv;
  }

  double largestScore() {
    double largest = 0;
    for (int head = 0; head < shape.heads(); head++) {
      for (int token = 0; token < shape.tokens(); token++) {
        for (int key = segmentBegin(token); key <= token; key++) {
          largest = Math.max(largest, Math.abs(score(head, token, key)));
        }
      }
    }
    return largest;
  }

  private void addGradient(double[] dqkv, double[] dout, int head, int token) {
    int first = segmentBegin(token);
    double[] probabilities = probabilities(head, token);
    double[] dprobabilities = new double[token + 1];
    double mean = 0;
    for (int key = first; key <= token; key++) {
      for (int d = 0; d < shape.headDim(); d++) {
        dprobabilities[key] += dout[out(head, token) + d] * qkv[value(head, key) + d];
      }
      mean += probabilities[key] * dprobabilities[key];
    }
    for (int key = first; key <= token; key++) {
      double dscore = probabilities[key] * (dprobabilities[key] - mean) * shape.scale();
      for (int d = 0; d < shape.headDim(); d++) {
        dqkv[query(head, token) + d] += dscore * qkv[key(head, key) + d];
        dqkv[key(head, key) + d] += dscore * qkv[query(head, token) + d];
        dqkv[value(head, key) + d] += probabilities[key] * dout[out(head, token) + d];
      }
    }
  }

  private double[] probabilities(int head, int token) {
    double[] scores = scores(head, token);
    double logSumExp = logSumExp(scores);
    return Arrays.stream(scores).map(score -> Math.exp(score - logSumExp)).toArray();
  }

  /** Of the keys [0, token]; minus infinity before the segment. */
  private double[] scores(int head, int token) {
    double[] scores = new double[token + 1];
    Arrays.fill(scores, Double.NEGATIVE_INFINITY);
    for (int key = segmentBegin(token); key <= token; key++) {
      scores[key] = score(head, token, key);
    }
    return scores;
  }

  private double score(int head, int token, int key) {
    double sum = 0;
    for (int d = 0; d < shape.headDim(); d++) {
      sum += qkv[query(head, token) + d] * qkv[key(head, key) + d];
    }
    return sum * shape.scale();
  }

  private static double logSumExp(double[] scores) {
    double largest = Arrays.stream(scores).max().orElseThrow();
    return largest + Math.log(Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum());
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
