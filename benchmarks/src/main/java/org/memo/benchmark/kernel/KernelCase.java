package org.memo.benchmark.kernel;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.memo.op.Operation;

/**
 * What a benchmark runs: an operation, and the test of its answer.
 *
 * @param operation the operation on a set of buffers
 * @param check compares what the operation left with a reference, or throws
 * @param isBoundByProducts whether its limit is the FLOPs of matrix products, not the bytes of
 *     memory
 * @param bytes that have to be moved at least; 0: what the operation says
 * @param preparation runs once before, for inputs that are themselves computed
 * @param restored buffers that the operation overwrites in such a way that running it again and
 *     again would end in zeros or infinities: filled again, untimed, before each invocation
 */
record KernelCase(
    Function<BufferSet, Operation> operation,
    Consumer<Answer> check,
    boolean isBoundByProducts,
    double bytes,
    @Nullable Function<BufferSet, Operation> preparation,
    List<Buffer> restored) {

  static KernelCase boundByMemory(
      Function<BufferSet, Operation> operation, Consumer<Answer> check) {
    return new KernelCase(operation, check, false, 0, null, List.of());
  }

  static KernelCase boundByProducts(
      Function<BufferSet, Operation> operation, Consumer<Answer> check) {
    return new KernelCase(operation, check, true, 0, null, List.of());
  }

  KernelCase movingBytes(double newBytes) {
    return new KernelCase(operation, check, isBoundByProducts, newBytes, preparation, restored);
  }

  KernelCase preparedBy(Function<BufferSet, Operation> newPreparation) {
    return new KernelCase(operation, check, isBoundByProducts, bytes, newPreparation, restored);
  }

  KernelCase restoring(Buffer... buffers) {
    return new KernelCase(
        operation, check, isBoundByProducts, bytes, preparation, List.of(buffers));
  }

  /** Bytes that one operation moves at least. */
  double bytesOf(Operation made) {
    return bytes > 0 ? bytes : made.bytes();
  }
}
