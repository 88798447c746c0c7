package org.memo.benchmark.kernel;

import org.memo.benchmark.WrongAnswerException;
import org.memo.op.CopyOnDevice;

/** Within the slab, by one thread on the host: beside copies by all threads. */
public class CopyOnDeviceBenchmark extends ElementBenchmark {
  @Override
  KernelCase define(Buffers buffers) {
    Buffer source = buffers.random("source", elements);
    Buffer target = buffers.zeros("target", elements);
    return KernelCase.boundByMemory(
        set -> new CopyOnDevice(set.at(source), set.at(target)),
        answer -> check(source, answer.of(target)));
  }

  private static void check(Buffer source, Buffer target) {
    long difference = source.contents().mismatch(target.contents());
    if (difference >= 0) {
      throw new WrongAnswerException("the copy differs at byte " + difference);
    }
  }
}
