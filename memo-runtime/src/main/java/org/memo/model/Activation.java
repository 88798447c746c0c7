package org.memo.model;

/** The non-linearity of the MLP. */
public enum Activation {
  /** silu(gate) * up: the MLP's first matrix gives gate and up side by side. */
  SWIGLU,
  /** GELU in its tanh approximation, {@code gelu_new} and {@code gelu_pytorch_tanh}. */
  GELU_TANH
}
