package org.memo.bindings.cublaslt;

/** The forms of the matrices of D = op(A) op(B) + C; {@code c} may be {@code d}. */
public record LtMatrices(LtMatrix a, LtMatrix b, LtMatrix c, LtMatrix d) {}
