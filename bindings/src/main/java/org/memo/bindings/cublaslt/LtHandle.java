package org.memo.bindings.cublaslt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.memo.bindings.cublaslt.generated.CublasLt;
import org.memo.bindings.cublaslt.generated.cublasLtMatmulHeuristicResult_t;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;

/** cuBLASLt on the device that is current when this is created. Any thread may use it. */
public final class LtHandle implements AutoCloseable {
  private static final MemorySegment ONE = constant(1);
  private static final MemorySegment ZERO = constant(0);

  private final MemorySegment pointer;
  private boolean closed;

  /**
   * @throws org.memo.bindings.NativeCallException where cuBLASLt refuses, as without a GPU
   */
  public LtHandle() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ADDRESS);
      LtStatus.check(CublasLt.cublasLtCreate(slot), "cublasLtCreate");
      pointer = slot.get(ADDRESS, 0);
    }
  }

  /**
   * The algorithms that can form the product, the one that cuBLASLt holds for the fastest first.
   *
   * @param count how many at most
   * @throws org.memo.bindings.NativeCallException where cuBLASLt refuses; an empty list says that
   *     it knows no way
   */
  public List<LtAlgorithm> algorithms(
      LtProduct product, LtMatrices matrices, LtPreference preference, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment results = cublasLtMatmulHeuristicResult_t.allocateArray(count, arena);
      MemorySegment found = arena.allocate(JAVA_INT);
      int status =
          CublasLt.cublasLtMatmulAlgoGetHeuristic(
              pointer,
              product.pointer(),
              matrices.a().pointer(),
              matrices.b().pointer(),
              matrices.c().pointer(),
              matrices.d().pointer(),
              preference.pointer(),
              count,
              results,
              found);
      if (LtStatus.isError(status)) {
        throw LtStatus.failure("cublasLtMatmulAlgoGetHeuristic", status, "matrices", matrices);
      }
      return usable(results, found.get(JAVA_INT, 0));
    }
  }

  /**
   * Enqueues D = epilogue(op(A) op(B)), or D = epilogue(op(A) op(B) + C).
   *
   * @param addresses of the matrices; C may be D
   * @param workspace device scratch of {@code workspaceBytes}, which the algorithm's need does not
   *     pass, aligned to 256 bytes, and used by this stream only
   * @throws org.memo.bindings.NativeCallException where cuBLASLt refuses
   */
  public void multiply(
      LtProduct product,
      LtMatrices matrices,
      LtAddresses addresses,
      boolean addC,
      LtAlgorithm algorithm,
      DeviceAddress workspace,
      long workspaceBytes,
      CudaStreamHandle stream) {
    int status =
        CublasLt.cublasLtMatmul(
            pointer,
            product.pointer(),
            ONE,
            addresses.a().pointer(),
            matrices.a().pointer(),
            addresses.b().pointer(),
            matrices.b().pointer(),
            addC ? ONE : ZERO,
            addresses.c().pointer(),
            matrices.c().pointer(),
            addresses.d().pointer(),
            matrices.d().pointer(),
            algorithm.data(),
            workspace.pointer(),
            workspaceBytes,
            stream.pointer());
    if (LtStatus.isError(status)) {
      throw LtStatus.failure(
          "cublasLtMatmul",
          status,
          "matrices addresses workspace_bytes stream",
          matrices,
          addresses,
          workspaceBytes,
          stream);
    }
  }

  /** The products that were enqueued are done first. Closing again does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LtStatus.check(CublasLt.cublasLtDestroy(pointer), "cublasLtDestroy");
    }
  }

  private static List<LtAlgorithm> usable(MemorySegment results, int found) {
    List<LtAlgorithm> algorithms = new ArrayList<>();
    for (int i = 0; i < found; i++) {
      MemorySegment result = cublasLtMatmulHeuristicResult_t.asSlice(results, i);
      if (!LtStatus.isError(cublasLtMatmulHeuristicResult_t.state(result))) {
        algorithms.add(
            LtAlgorithm.copyOf(
                cublasLtMatmulHeuristicResult_t.algo(result),
                cublasLtMatmulHeuristicResult_t.workspaceSize(result),
                cublasLtMatmulHeuristicResult_t.wavesCount(result)));
      }
    }
    return algorithms;
  }

  private static MemorySegment constant(float value) {
    return Arena.global().allocateFrom(JAVA_FLOAT, value);
  }
}
