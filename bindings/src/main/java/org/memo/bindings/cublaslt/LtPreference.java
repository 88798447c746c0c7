package org.memo.bindings.cublaslt;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.cublaslt.generated.CublasLt;

/** What an algorithm may use. */
public final class LtPreference extends LtDescriptor {

  /**
   * @param workspaceBytes the device scratch that there is
   * @throws org.memo.bindings.NativeCallException where cuBLASLt refuses
   */
  public LtPreference(long workspaceBytes) {
    super(
        "preference of %d bytes of workspace".formatted(workspaceBytes),
        "cublasLtMatmulPreferenceCreate",
        CublasLt::cublasLtMatmulPreferenceCreate);
    setLong(CublasLt.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES(), workspaceBytes);
  }

  /** What every matrix's address is a multiple of; 256 where nothing is said. */
  public void alignment(int bytes) {
    setInt(CublasLt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES(), bytes);
    setInt(CublasLt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES(), bytes);
    setInt(CublasLt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES(), bytes);
    setInt(CublasLt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES(), bytes);
  }

  /** Only algorithms that form each sum in one piece. */
  public void noSplitSums() {
    setInt(
        CublasLt.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK(),
        CublasLt.CUBLASLT_REDUCTION_SCHEME_NONE());
  }

  @Override
  int setAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size) {
    return CublasLt.cublasLtMatmulPreferenceSetAttribute(pointer, attribute, value, size);
  }

  @Override
  int getAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size) {
    return CublasLt.cublasLtMatmulPreferenceGetAttribute(
        pointer, attribute, value, size, MemorySegment.NULL);
  }

  @Override
  int destroy(MemorySegment pointer) {
    return CublasLt.cublasLtMatmulPreferenceDestroy(pointer);
  }
}
