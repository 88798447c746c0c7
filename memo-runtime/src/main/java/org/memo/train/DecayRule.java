package org.memo.train;

/** Which parameters AdamW's weight decay pulls towards zero. */
public enum DecayRule {
  /** Tensors of two dimensions or more: matrices and embeddings, but neither norms nor biases. */
  MATRICES,
  /** Every parameter, as PyTorch's AdamW over {@code model.parameters()} does. */
  ALL
}
