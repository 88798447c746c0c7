package org.memo.benchmark.kernel;

import org.memo.op.Rotary;

/** Queries and keys of rows that also hold values, turned in place, which keeps their length. */
public class RotaryBenchmark extends TokenBenchmark {
  private static final long ROTATED_HEADS = Llama25m.HEADS + Llama25m.KV_HEADS;
  private static final long D = Llama25m.HEAD_DIM;
  private static final long WIDTH = Llama25m.QKV_WIDTH;

  @Override
  KernelCase define(Buffers buffers) {
    Buffer qkv = buffers.random("qkv", tokens * WIDTH);
    Buffer positions = buffers.ints("positions", tokens, t -> t);
    // any angles will do
    Buffer cosines = buffers.floats("cosines", tokens * D / 2, Math::cos);
    Buffer sines = buffers.floats("sines", tokens * D / 2, Math::sin);
    return KernelCase.boundByMemory(
            set ->
                new Rotary(
                    set.at(qkv),
                    WIDTH,
                    set.at(positions),
                    set.at(cosines),
                    set.at(sines),
                    tokens,
                    ROTATED_HEADS,
                    D,
                    false),
            answer -> check(qkv, cosines, sines, answer.of(qkv)))
        .movingBytes(Float.BYTES * tokens * (2.0 * ROTATED_HEADS * D + D + 1));
  }

  private void check(Buffer before, Buffer cosines, Buffer sines, Buffer after) {
    for (long t : Answer.samples(tokens)) {
      for (long i = 0; i < ROTATED_HEADS * D / 2; i++) {
        long d = i % (D / 2);
        long first = t * WIDTH + i / (D / 2) * D + d;
        double x = before.at(first);
        double y = before.at(first + D / 2);
        double cosine = cosines.at(t * D / 2 + d);
        double sine = sines.at(t * D / 2 + d);
        Answer.expect(after, first, x * cosine - y * sine, 1e-5);
        Answer.expect(after, first + D / 2, y * cosine + x * sine, 1e-5);
      }
      long value = t * WIDTH + ROTATED_HEADS * D;
      Answer.expect(after, value, before.at(value), 0);
    }
  }
}
