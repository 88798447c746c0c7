package org.memo.planner.cost;

/**
 * The attention rates of one head size on long causal sequences. Both count causal FLOPs: 4 per
 * scored pair, head and element of a head forward, 10 backward.
 *
 * @param forwardFlops FLOP/s
 * @param backwardFlops FLOP/s
 */
public record AttentionFlops(Sourced forwardFlops, Sourced backwardFlops) {}
