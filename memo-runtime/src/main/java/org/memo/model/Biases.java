package org.memo.model;

/**
 * Which projections add a bias.
 *
 * @param qkv queries, keys and values
 * @param attentionOutput the projection after attention
 * @param mlpIn the MLP's first matrix (gate and up)
 * @param mlpOut the MLP's last matrix (down)
 */
public record Biases(boolean qkv, boolean attentionOutput, boolean mlpIn, boolean mlpOut) {}
