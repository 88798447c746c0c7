package org.memo.benchmark.kernel;

import org.memo.op.Cast;
import org.memo.planner.cost.ElementType;
import org.openjdk.jmh.annotations.Param;

/** From f32 to bf16, which is what it is for. */
public class CastBenchmark extends ElementBenchmark {
  @Param("BF16")
  ElementType type = ElementType.BF16;

  @Override
  ElementType type() {
    return type;
  }

  @Override
  KernelCase define(Buffers buffers) {
    Buffer source = buffers.randomFloats("source", elements, -1, 1);
    Buffer target = buffers.zeros("target", elements);
    return KernelCase.boundByMemory(
        set -> new Cast(set.at(source), set.at(target), elements, type),
        answer -> check(source, answer.of(target)));
  }

  private void check(Buffer source, Buffer target) {
    for (long i : Answer.samples(elements)) {
      Answer.expect(target, i, source.at(i), 0);
    }
  }
}
