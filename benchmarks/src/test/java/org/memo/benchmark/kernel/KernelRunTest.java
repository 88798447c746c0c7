package org.memo.benchmark.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.benchmark.Machine;
import org.memo.benchmark.Rate;
import org.memo.benchmark.WrongAnswerException;
import org.memo.op.ResidualAdd;
import org.memo.planner.cost.ElementType;

class KernelRunTest {
  private static final long ELEMENTS = 1000;

  @Test
  void aWrongAnswerEndsTheBenchmarkBeforeItIsTimed() {
    WrongAnswerException e =
        assertThrows(
            WrongAnswerException.class,
            () -> new KernelRun(Machine.of("host"), ElementType.F32, this::wrong, 0));
    assertTrue(e.getMessage().startsWith("y[3] is "), e.getMessage());
  }

  @Test
  void theRateCountsAllOperationsOfARunAndTheBytesOfOne() {
    Rate rate = new Rate();
    try (KernelRun run = new KernelRun(Machine.of("host"), ElementType.F32, this::right, 80_000)) {
      run.describe(rate);
    }
    // two buffers of 4000 bytes, rounded up to 4096: 10 sets; y read and written, x read
    assertEquals(10, rate.operations());
    assertEquals(12_000, rate.bytes());
    assertEquals(0, rate.flops());
    assertTrue(rate.limit() > 0);
  }

  private KernelCase wrong(Buffers buffers) {
    return add(buffers, 1);
  }

  private KernelCase right(Buffers buffers) {
    return add(buffers, 0);
  }

  private static KernelCase add(Buffers buffers, double error) {
    Buffer y = buffers.random("y", ELEMENTS);
    Buffer x = buffers.random("x", ELEMENTS);
    return KernelCase.boundByMemory(
        set -> new ResidualAdd(set.at(y), set.at(x), ELEMENTS),
        answer -> Answer.expect(answer.of(y), 3, y.at(3) + x.at(3) + error, 1e-6));
  }
}
