package org.memo.bindings.cublaslt;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.cublaslt.generated.CublasLt;
import org.memo.bindings.cublaslt.generated.cublasLtMatmulAlgo_t;

/**
 * A way to form a product of matrices of one form, of one model of card.
 *
 * @param data the {@code cublasLtMatmulAlgo_t}
 * @param workspaceBytes the device scratch that it needs
 * @param waves how often it fills the card; below 1 it does not
 */
public record LtAlgorithm(MemorySegment data, long workspaceBytes, float waves) {

  static LtAlgorithm copyOf(MemorySegment algorithm, long workspaceBytes, float waves) {
    MemorySegment data = Arena.ofAuto().allocate(cublasLtMatmulAlgo_t.layout());
    return new LtAlgorithm(data.copyFrom(algorithm), workspaceBytes, waves);
  }

  /** For a table of choices: "id=66 tile=23 stages=36 split_k=1". */
  @Override
  public String toString() {
    return "id=%d tile=%d stages=%d split_k=%d"
        .formatted(
            attribute(CublasLt.CUBLASLT_ALGO_CONFIG_ID()),
            attribute(CublasLt.CUBLASLT_ALGO_CONFIG_TILE_ID()),
            attribute(CublasLt.CUBLASLT_ALGO_CONFIG_STAGES_ID()),
            attribute(CublasLt.CUBLASLT_ALGO_CONFIG_SPLITK_NUM()));
  }

  private int attribute(int attribute) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(JAVA_INT);
      LtStatus.check(
          CublasLt.cublasLtMatmulAlgoConfigGetAttribute(
              data, attribute, slot, Integer.BYTES, MemorySegment.NULL),
          "cublasLtMatmulAlgoConfigGetAttribute");
      return slot.get(JAVA_INT, 0);
    }
  }
}
