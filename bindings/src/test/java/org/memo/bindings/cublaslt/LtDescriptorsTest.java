package org.memo.bindings.cublaslt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.StorageType;
import org.memo.bindings.cublaslt.generated.CublasLt;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.DeviceAddress;

/** Descriptors live in host memory: what is set can be read without a GPU. */
class LtDescriptorsTest {
  @BeforeEach
  void requireCublasLt() {
    Optional<String> missing = CudaLibraries.missing("cublaslt");
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
  }

  @Test
  void aMatrixKeepsItsFormAndItsBatch() {
    try (LtMatrix matrix = new LtMatrix(StorageType.BF16, 5_000_000_000L, 8, 6_000_000_000L)) {
      matrix.batch(3, 7_000_000_000L);
      assertEquals(CublasLt.CUDA_R_16BF(), matrix.intOf(CublasLt.CUBLASLT_MATRIX_LAYOUT_TYPE()));
      assertEquals(5_000_000_000L, matrix.longOf(CublasLt.CUBLASLT_MATRIX_LAYOUT_ROWS()));
      assertEquals(8, matrix.longOf(CublasLt.CUBLASLT_MATRIX_LAYOUT_COLS()));
      assertEquals(6_000_000_000L, matrix.longOf(CublasLt.CUBLASLT_MATRIX_LAYOUT_LD()));
      assertEquals(3, matrix.intOf(CublasLt.CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT()));
      assertEquals(
          7_000_000_000L, matrix.longOf(CublasLt.CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET()));
    }
  }

  @Test
  void aProductKeepsItsTypesItsEpilogueAndItsBias() {
    try (LtProduct product = new LtProduct(LtCompute.TF32, true, false)) {
      product.epilogue(LtEpilogue.DGELU_BGRAD);
      product.bias(StorageType.F32, new DeviceAddress(0x1000));
      product.auxiliary(StorageType.BF16, new DeviceAddress(0x2000), 64);
      assertEquals(
          CublasLt.CUBLAS_COMPUTE_32F_FAST_TF32(),
          product.intOf(CublasLt.CUBLASLT_MATMUL_DESC_COMPUTE_TYPE()));
      assertEquals(
          CublasLt.CUDA_R_32F(), product.intOf(CublasLt.CUBLASLT_MATMUL_DESC_SCALE_TYPE()));
      assertEquals(CublasLt.CUBLAS_OP_T(), product.intOf(CublasLt.CUBLASLT_MATMUL_DESC_TRANSA()));
      assertEquals(CublasLt.CUBLAS_OP_N(), product.intOf(CublasLt.CUBLASLT_MATMUL_DESC_TRANSB()));
      assertEquals(
          CublasLt.CUBLASLT_EPILOGUE_DGELU_BGRAD(),
          product.intOf(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE()));
      assertEquals(0x1000, product.longOf(CublasLt.CUBLASLT_MATMUL_DESC_BIAS_POINTER()));
      assertEquals(0x2000, product.longOf(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER()));
      assertEquals(64, product.longOf(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD()));
    }
  }

  @Test
  void aPreferenceKeepsItsLimits() {
    try (LtPreference preference = new LtPreference(5_000_000_000L)) {
      preference.alignment(16);
      preference.noSplitSums();
      assertEquals(
          5_000_000_000L, preference.longOf(CublasLt.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES()));
      assertEquals(16, preference.intOf(CublasLt.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES()));
      assertEquals(0, preference.intOf(CublasLt.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK()));
    }
  }

  @Test
  void sizesThatAreNoMatrixAreRefused() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> new LtMatrix(StorageType.F32, 8, 4, 7));
    assertSays("F32 [8, 4] columns 7 apart is no matrix", e);
    assertThrows(IllegalArgumentException.class, () -> new LtMatrix(StorageType.F32, -1, 4, 7));
  }

  @Test
  void anAttributeThatCublasLtDoesNotKnowIsAnError() {
    try (LtProduct product = new LtProduct(LtCompute.F32, false, true)) {
      NativeCallException e =
          assertThrows(NativeCallException.class, () -> product.setInt(9999, 1));
      assertSays("CUBLAS_STATUS_INVALID_VALUE", e);
      assertSays("descriptor=F32 product of A and B^T attribute=9999", e);
    }
  }

  @Test
  void whatIsClosedTwiceIsClosedOnceAndThenRefused() {
    LtProduct product = new LtProduct(LtCompute.F32, false, false);
    product.close();
    product.close();
    assertThrows(IllegalStateException.class, () -> product.epilogue(LtEpilogue.NONE));
  }

  @Test
  void withoutAGpuAHandleIsRefusedByName() {
    assumeTrue(CudaRuntime.noDevice().isPresent(), "there is a GPU");
    NativeCallException e = assertThrows(NativeCallException.class, LtHandle::new);
    assertSays("cublasLtCreate failed: CUBLAS_STATUS_NOT_INITIALIZED (1)", e);
  }
}
