package org.memo.bindings.cublaslt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.StorageType;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.bindings.cudart.DeviceAddress;

/** A product by cuBLASLt on a GPU, or by the CUDA emulation. */
@Tag("cuda")
class LtProductTest {
  private static final long WORKSPACE_BYTES = 1 << 20;

  @BeforeEach
  void requireADevice() {
    Optional<String> reason = CudaRuntime.unavailable();
    assumeTrue(reason.isEmpty(), () -> reason.orElse(""));
  }

  @Test
  void aProductOfColumnMajorMatricesIsWrittenAndAdded() {
    CudaStreamHandle stream = CudaStreams.createStream();
    DeviceAddress workspace = CudaMemory.allocate("scratch", WORKSPACE_BYTES);
    DeviceAddress data = CudaMemory.allocate("three matrices", 3072);
    MemorySegment host = CudaMemory.allocateHost("three matrices", 3072);
    for (int i = 0; i < 16; i++) {
      host.setAtIndex(JAVA_FLOAT, i, i); // A: 4 x 4, column-major
      host.setAtIndex(JAVA_FLOAT, 256 + i, i % 5 == 0 ? 2 : 0); // B: twice the identity
    }
    CudaMemory.copyToDevice(data, host, stream);
    try (LtHandle handle = new LtHandle();
        LtProduct product = new LtProduct(LtCompute.F32, true, false);
        LtMatrix form = new LtMatrix(StorageType.F32, 4, 4, 4);
        LtPreference preference = new LtPreference(WORKSPACE_BYTES)) {
      LtMatrices matrices = new LtMatrices(form, form, form, form);
      List<LtAlgorithm> algorithms = handle.algorithms(product, matrices, preference, 4);
      assertFalse(algorithms.isEmpty());
      LtAlgorithm algorithm = algorithms.getFirst();
      assertTrue(algorithm.workspaceBytes() <= WORKSPACE_BYTES);
      DeviceAddress result = data.plus(2048);
      LtAddresses addresses = new LtAddresses(data, data.plus(1024), result, result);
      for (boolean add : List.of(false, true)) {
        handle.multiply(
            product, matrices, addresses, add, algorithm, workspace, WORKSPACE_BYTES, stream);
      }
      CudaMemory.copyToHost(host.asSlice(0, 64), result, stream);
      CudaStreams.synchronize(stream);
    }
    // twice (the second time added) 2 A^T
    assertArrayEquals(
        new float[] {0, 16, 32, 48, 4, 20, 36, 52, 8, 24, 40, 56, 12, 28, 44, 60},
        host.asSlice(0, 64).toArray(JAVA_FLOAT));
    CudaMemory.freeHost(host);
    CudaMemory.free(data);
    CudaMemory.free(workspace);
    CudaStreams.destroy(stream);
  }
}
