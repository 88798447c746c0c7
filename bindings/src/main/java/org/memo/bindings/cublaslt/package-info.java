/**
 * Matrix products by cuBLASLt, checked. Matrices are column-major, as cuBLASLt's are: a row-major
 * matrix is its transpose.
 *
 * <p>Owners of descriptors are {@link java.lang.AutoCloseable}, live in host memory, need no GPU
 * and serve one thread at a time; {@link org.memo.bindings.cublaslt.LtHandle} serves many.
 */
@NullMarked
package org.memo.bindings.cublaslt;

import org.jspecify.annotations.NullMarked;
