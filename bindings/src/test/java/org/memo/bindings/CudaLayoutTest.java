package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.bindings.cublaslt.generated.CublasLt;
import org.memo.bindings.cublaslt.generated.cublasLtMatmulAlgo_t;
import org.memo.bindings.cublaslt.generated.cublasLtMatmulHeuristicResult_t;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cuda.generated.memo_cuda_fault;
import org.memo.bindings.cuda.generated.memo_cuda_queue;
import org.memo.bindings.cudart.generated.CudaRt;
import org.memo.bindings.cudart.generated.cudaGraphExecUpdateResultInfo;
import org.memo.bindings.cudnn.generated.Cudnn;
import org.memo.bindings.nccl.generated.Nccl;
import org.memo.bindings.nccl.generated.ncclConfig_t;
import org.memo.bindings.nccl.generated.ncclUniqueId;

/** Sizes, offsets and constants of the generated bindings are those that a C compiler finds. */
class CudaLayoutTest {
  // Maven runs a module's tests in the module's folder
  private static final Path OUR_HEADERS = Path.of("../kernels/include");
  private static final Path WRAPPERS = Path.of("jextract");

  @TempDir Path folder;

  @Test
  void ourQueueAndFaultAreLaidOutAsInC() {
    assertSameInC(
        "memo_cuda.h",
        List.of(OUR_HEADERS),
        Map.of(
            "sizeof(memo_cuda_queue)", memo_cuda_queue.sizeof(),
            "offsetof(memo_cuda_queue, workspace)", memo_cuda_queue.workspace$offset(),
            "offsetof(memo_cuda_queue, workspace_bytes)", memo_cuda_queue.workspace_bytes$offset(),
            "offsetof(memo_cuda_queue, fault)", memo_cuda_queue.fault$offset(),
            "sizeof(memo_cuda_fault)", memo_cuda_fault.sizeof(),
            "offsetof(memo_cuda_fault, kernel)", memo_cuda_fault.kernel$offset(),
            "offsetof(memo_cuda_fault, index)", memo_cuda_fault.index$offset(),
            "offsetof(memo_cuda_fault, value)", memo_cuda_fault.value$offset(),
            "MEMO_CUDA_WORKSPACE_BYTES", MemoCuda.MEMO_CUDA_WORKSPACE_BYTES(),
            "MEMO_CUDA_ERROR", (long) MemoCuda.MEMO_CUDA_ERROR()));
  }

  @Test
  void ourStorageTypesAreThoseOfTheKernels() {
    assertEquals(MemoCuda.MEMO_F32(), StorageType.F32.code());
    assertEquals(MemoCuda.MEMO_BF16(), StorageType.BF16.code());
  }

  @Test
  void theRuntimeIsLaidOutAsInC() {
    assertSameInC(
        "cudart_bind.h",
        headersOf("cuda_runtime_api.h"),
        Map.of(
            "sizeof(struct cudaDeviceProp)",
            CudaRt.MEMO_DEVICE_PROPERTIES_BYTES(),
            "offsetof(struct cudaDeviceProp, name)",
            0L,
            "sizeof(((struct cudaDeviceProp *)0)->name)",
            256L,
            "sizeof(cudaGraphExecUpdateResultInfo)",
            cudaGraphExecUpdateResultInfo.sizeof(),
            "CUDART_VERSION / 1000",
            CudaRt.CUDART_VERSION() / 1000L,
            "cudaMemcpyDeviceToHost",
            (long) CudaRt.cudaMemcpyDeviceToHost(),
            "cudaErrorMemoryAllocation",
            (long) CudaRt.cudaErrorMemoryAllocation(),
            "cudaDevAttrHostNumaId",
            (long) CudaRt.cudaDevAttrHostNumaId(),
            "cudaStreamNonBlocking",
            (long) CudaRt.cudaStreamNonBlocking(),
            "cudaHostRegisterPortable",
            (long) CudaRt.cudaHostRegisterPortable()));
  }

  @Test
  void cublasLtIsLaidOutAsInC() {
    assertSameInC(
        "cublaslt_bind.h",
        headersOf("cublasLt.h"),
        Map.of(
            "sizeof(cublasLtMatmulAlgo_t)", cublasLtMatmulAlgo_t.sizeof(),
            "sizeof(cublasLtMatmulHeuristicResult_t)", cublasLtMatmulHeuristicResult_t.sizeof(),
            "offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize)",
                cublasLtMatmulHeuristicResult_t.workspaceSize$offset(),
            "offsetof(cublasLtMatmulHeuristicResult_t, state)",
                cublasLtMatmulHeuristicResult_t.state$offset(),
            "offsetof(cublasLtMatmulHeuristicResult_t, wavesCount)",
                cublasLtMatmulHeuristicResult_t.wavesCount$offset(),
            "CUDA_R_16BF", (long) CublasLt.CUDA_R_16BF(),
            "CUBLAS_COMPUTE_32F_FAST_TF32", (long) CublasLt.CUBLAS_COMPUTE_32F_FAST_TF32(),
            "CUBLASLT_EPILOGUE_DGELU_BGRAD", (long) CublasLt.CUBLASLT_EPILOGUE_DGELU_BGRAD(),
            "CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES",
                (long) CublasLt.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES()));
  }

  @Test
  void cuDnnsConstantsAreThoseOfC() {
    assertSameInC(
        "cudnn_bind.h",
        headersOf("cudnn_graph.h"),
        Map.of(
            "CUDNN_MAJOR", (long) Cudnn.CUDNN_MAJOR(),
            "CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR",
                (long) Cudnn.CUDNN_BACKEND_OPERATION_SDPA_FWD_DESCRIPTOR(),
            "CUDNN_ATTR_TENSOR_RAGGED_OFFSET_DESC",
                (long) Cudnn.CUDNN_ATTR_TENSOR_RAGGED_OFFSET_DESC(),
            "CUDNN_TYPE_BACKEND_DESCRIPTOR", (long) Cudnn.CUDNN_TYPE_BACKEND_DESCRIPTOR(),
            "CUDNN_DATA_BFLOAT16", (long) Cudnn.CUDNN_DATA_BFLOAT16()));
  }

  @Test
  void ncclIsLaidOutAsInC() {
    assertSameInC(
        "nccl_bind.h",
        headersOf("nccl.h"),
        Map.of(
            "sizeof(ncclConfig_t)", ncclConfig_t.sizeof(),
            "offsetof(ncclConfig_t, netName)", ncclConfig_t.netName$offset(),
            "offsetof(ncclConfig_t, CTAPolicy)", ncclConfig_t.CTAPolicy$offset(),
            "offsetof(ncclConfig_t, graphStreamOrdering)",
                ncclConfig_t.graphStreamOrdering$offset(),
            "sizeof(ncclUniqueId)", ncclUniqueId.sizeof(),
            "(int)NCCL_API_MAGIC", (long) Nccl.NCCL_API_MAGIC(),
            "NCCL_CONFIG_UNDEF_INT", (long) Nccl.NCCL_CONFIG_UNDEF_INT(),
            "ncclBfloat16", (long) Nccl.ncclBfloat16()));
  }

  /** {@code expected}: what Java has for each expression of C. */
  private void assertSameInC(String header, List<Path> includes, Map<String, Long> expected) {
    StringBuilder program =
        new StringBuilder(
            "#include <stddef.h>\n#include <stdio.h>\n#include <%s>\nint main(void) {\n"
                .formatted(header));
    expected
        .keySet()
        .forEach(expression ->
            program.append(
                "printf(\"%%s=%%lld\\n\", \"%1$s\", (long long)(%1$s));\n".formatted(expression)));
    program.append("return 0; }\n");
    Map<String, Long> actual = new TreeMap<>();
    for (String line : CCompiler.linesOf(folder, program.toString(), includes)) {
      int separator = line.lastIndexOf('=');
      actual.put(line.substring(0, separator), Long.valueOf(line.substring(separator + 1)));
    }
    assertEquals(new TreeMap<>(expected), actual);
  }

  /** The include folders beside the libraries of this machine, where they hold the header. */
  private static List<Path> headersOf(String header) {
    List<Path> includes =
        Stream.concat(
                CudaLibraries.report().stream()
                    .flatMap(report -> report.loaded().stream())
                    .map(library -> library.path().resolve("../../include").normalize()),
                Stream.of(Path.of("/usr/local/cuda/include")))
            .filter(Files::isDirectory)
            .distinct()
            .toList();
    for (String needed : List.of(header, "cuda_runtime_api.h", "crt/host_defines.h")) {
      assumeTrue(
          includes.stream().anyMatch(include -> Files.exists(include.resolve(needed))),
          "the header " + needed + " is beside no CUDA library of this machine");
    }
    List<Path> all = new ArrayList<>(includes);
    all.add(WRAPPERS);
    return all;
  }
}
