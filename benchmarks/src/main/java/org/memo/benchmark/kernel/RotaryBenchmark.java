package org.memo.benchmark.kernel;

import org.memo.op.Rotary;

/** Queries and keys of rows that also hold values, turned in place, which keeps their length. */
public class RotaryBenchmark extends TokenBenchmark {

  @Override
  KernelCase define(Buffers buffers) {
    Buffer qkv = buffers.random("qkv", tokens * model.qkvWidth());
    Buffer positions = buffers.ints("positions", tokens, t -> t);
    // any angles will do
    Buffer cosines = buffers.floats("cosines", tokens * model.headDim() / 2, Math::cos);
    Buffer sines = buffers.floats("sines", tokens * model.headDim() / 2, Math::sin);
    return KernelCase.boundByMemory(
            set ->
                new Rotary(
                    set.at(qkv),
                    model.qkvWidth(),
                    set.at(positions),
                    set.at(cosines),
                    set.at(sines),
                    tokens,
                    rotatedHeads(),
                    model.headDim(),
                    false,
                    type),
            answer -> check(qkv, cosines, sines, answer.of(qkv)))
        .movingBytes(
            tokens
                * (2.0 * rotatedHeads() * model.headDim() * type.bytes()
                    + Float.BYTES * (model.headDim() + 1.0)));
  }

  private long rotatedHeads() {
    return model.heads() + model.kvHeads();
  }

  private void check(Buffer before, Buffer cosines, Buffer sines, Buffer after) {
    for (long t : Answer.samples(tokens)) {
      for (long i = 0; i < rotatedHeads() * model.headDim() / 2; i++) {
        long d = i % (model.headDim() / 2);
        long first = t * model.qkvWidth() + i / (model.headDim() / 2) * model.headDim() + d;
        double x = before.at(first);
        double y = before.at(first + model.headDim() / 2);
        double cosine = cosines.at(t * model.headDim() / 2 + d);
        double sine = sines.at(t * model.headDim() / 2 + d);
        Answer.expect(after, first, x * cosine - y * sine, 1e-5);
        Answer.expect(after, first + model.headDim() / 2, y * cosine + x * sine, 1e-5);
      }
      long value = t * model.qkvWidth() + rotatedHeads() * model.headDim();
      Answer.expect(after, value, before.at(value), 0);
    }
  }
}
