package org.memo.profile.device;

/**
 * The rates of causal attention of one head size over one sequence, in FLOP/s that count 4 forward
 * and 10 backward for each scored pair, head and element of a head.
 */
record AttentionSample(int headSize, long length, double forwardRate, double backwardRate) {}
