/**
 * A simulation of PyTorch's caching allocator for CUDA, to show how much memory a step takes where
 * nothing is planned: {@link CachingAllocator} answers the requests of a trace as that allocator
 * would on one stream, and {@link Usage} says what it reserved. Facts from PyTorch's documentation
 * ("CUDA semantics", memory management) and Z. DeVito, "A guide to PyTorch's CUDA Caching
 * Allocator" (2022).
 *
 * <pre>
 *   segment (from the device)    |  a  |   b   | free |     c      |  free   |
 *                                 blocks: split when handed out, merged with free neighbours
 *                                 when given back; kept in the pool, not returned to the device
 * </pre>
 */
@NullMarked
package org.memo.planner.allocation.caching;

import org.jspecify.annotations.NullMarked;
