package org.memo.benchmark.kernel;

import org.memo.planner.cost.ElementType;
import org.openjdk.jmh.annotations.Param;

/** A benchmark of an operation on activations and weights of a model, in one type or another. */
public abstract class TypedBenchmark extends KernelBenchmark {
  @Param("F32")
  ElementType type = ElementType.F32;

  @Param("LLAMA_25M")
  ModelShape model = ModelShape.LLAMA_25M;

  @Override
  ElementType type() {
    return type;
  }
}
