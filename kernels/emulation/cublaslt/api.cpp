// cuBLASLt's functions but those of its descriptors.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <vector>

#include "descriptors.h"
#include "emulation_control.h"
#include "product.h"

using namespace memo::emulation;

namespace memo::emulation {

namespace {

constexpr int kMajor = 13, kMinor = 1, kPatch = 1;
constexpr uint64_t kMark = 0x4D454D4F4C540001u;
constexpr uint32_t kVectorBytes = 16;

}  // namespace

Algorithm Algorithm::from(const cublasLtMatmulAlgo_t &opaque) {
  if (opaque.data[0] != kMark) return {};
  return {static_cast<int32_t>(opaque.data[1]),  static_cast<uint32_t>(opaque.data[2]),
          static_cast<int32_t>(opaque.data[3]),  static_cast<uint32_t>(opaque.data[4]),
          static_cast<uint32_t>(opaque.data[5]), static_cast<uint32_t>(opaque.data[6]),
          opaque.data[7]};
}

cublasLtMatmulAlgo_t Algorithm::opaque() const {
  return {{kMark, static_cast<uint64_t>(id), tile, static_cast<uint64_t>(split_k), reduction_scheme, stages, alignment,
           workspace_bytes}};
}

namespace {

// All ways to compute a product, the presumably fastest first.
std::vector<Algorithm> algorithms(const Product &product, uint32_t alignment) {
  const uint32_t needed = alignment >= kVectorBytes ? kVectorBytes : static_cast<uint32_t>(product.a.element_bytes());
  const uint64_t sums = product.m() * product.n() * sizeof(float) * static_cast<uint64_t>(product.d.batches);
  std::vector<Algorithm> all;
  all.push_back({2, 20, 1, CUBLASLT_REDUCTION_SCHEME_NONE, 3, needed, 64 * 1024});
  all.push_back({1, 15, 1, CUBLASLT_REDUCTION_SCHEME_NONE, 2, static_cast<uint32_t>(product.a.element_bytes()), 0});
  if (product.k() >= 2) all.push_back({3, 15, 2, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE, 3, needed, sums});
  return all;
}

// Fills what does not depend on data.
cublasStatus_t describe(cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                        cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, Product *product) {
  if (desc == nullptr || a == nullptr || b == nullptr || c == nullptr || d == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const Attributes &from = desc->attributes;
  const int compute = from.number(CUBLASLT_MATMUL_DESC_COMPUTE_TYPE);
  const int epilogue = from.number(CUBLASLT_MATMUL_DESC_EPILOGUE);
  const bool known_compute = compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_PEDANTIC ||
                             compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  if (!known_compute || from.number(CUBLASLT_MATMUL_DESC_SCALE_TYPE) != CUDA_R_32F ||
      from.number(CUBLASLT_MATMUL_DESC_POINTER_MODE) != 0 || from.number(CUBLASLT_MATMUL_DESC_TRANSC) != CUBLAS_OP_N ||
      (epilogue != CUBLASLT_EPILOGUE_DEFAULT && epilogue != CUBLASLT_EPILOGUE_BIAS)) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  *product = {};
  product->transpose_a = from.number(CUBLASLT_MATMUL_DESC_TRANSA) == CUBLAS_OP_T;
  product->transpose_b = from.number(CUBLASLT_MATMUL_DESC_TRANSB) == CUBLAS_OP_T;
  product->tf32 = compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  product->a = Matrix::of(a);
  product->b = Matrix::of(b);
  product->c = Matrix::of(c);
  product->d = Matrix::of(d);
  if (epilogue == CUBLASLT_EPILOGUE_BIAS) {
    const int type = from.number(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE);
    product->bias = from.pointer(CUBLASLT_MATMUL_DESC_BIAS_POINTER);
    product->bias_type = type == -1 ? product->d.type : static_cast<cudaDataType>(type);
  }
  return product->check_shapes();
}

bool aligned(const void *address, uint32_t bytes) { return reinterpret_cast<uintptr_t>(address) % bytes == 0; }

int run_product(void *work) {
  const auto *product = static_cast<const Product *>(work);
  const std::string wrong = product->check_memory();
  if (!wrong.empty()) {
    memo_emulation_fail_work(cudaErrorIllegalAddress, wrong.c_str());
    return cudaErrorIllegalAddress;
  }
  product->compute();
  return cudaSuccess;
}

// The smallest of the alignments that the preference promises.
uint32_t promised_alignment(const Attributes &preference) {
  uint32_t smallest = ~0u;
  for (int attribute : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    smallest = std::min(smallest, static_cast<uint32_t>(preference.bits(attribute)));
  }
  return smallest;
}

cublasLtMatmulHeuristicResult_t result_of(const Algorithm &algorithm) {
  cublasLtMatmulHeuristicResult_t result = {};
  result.algo = algorithm.opaque();
  result.workspaceSize = algorithm.workspace_bytes;
  result.state = CUBLAS_STATUS_SUCCESS;
  result.wavesCount = 1;
  return result;
}

}  // namespace

}  // namespace memo::emulation

struct cublasLtContext {
  int unused;
};

cublasStatus_t cublasLtCreate(cublasLtHandle_t *handle) {
  if (const int injected = memo_emulation_injected("cublasLtCreate")) return static_cast<cublasStatus_t>(injected);
  int devices = 0;
  if (handle == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (cudaGetDeviceCount(&devices) != cudaSuccess) return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = new cublasLtContext{};
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

size_t cublasLtGetVersion() { return kMajor * 10000 + kMinor * 100 + kPatch; }
size_t cublasLtGetCudartVersion() { return CUDART_VERSION; }
cublasStatus_t cublasLtGetProperty(libraryPropertyType type, int *value) {
  if (value == nullptr || type < MAJOR_VERSION || type > PATCH_LEVEL) return CUBLAS_STATUS_INVALID_VALUE;
  *value = type == MAJOR_VERSION ? kMajor : type == MINOR_VERSION ? kMinor : kPatch;
  return CUBLAS_STATUS_SUCCESS;
}

const char *cublasLtGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_ARCH_MISMATCH: return "CUBLAS_STATUS_ARCH_MISMATCH";
    case CUBLAS_STATUS_MAPPING_ERROR: return "CUBLAS_STATUS_MAPPING_ERROR";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_INTERNAL_ERROR: return "CUBLAS_STATUS_INTERNAL_ERROR";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    case CUBLAS_STATUS_LICENSE_ERROR: return "CUBLAS_STATUS_LICENSE_ERROR";
  }
  return "unrecognized status";
}

const char *cublasLtGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "success";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "not initialized";
    case CUBLAS_STATUS_ALLOC_FAILED: return "out of memory";
    case CUBLAS_STATUS_INVALID_VALUE: return "invalid value";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "could not be launched";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "not supported";
    default: return cublasLtGetStatusName(status);
  }
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int requested,
                                              cublasLtMatmulHeuristicResult_t *results, int *found) {
  const char *name = "cublasLtMatmulAlgoGetHeuristic";
  if (const int injected = memo_emulation_injected(name)) return static_cast<cublasStatus_t>(injected);
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (preference == nullptr || requested < 1 || results == nullptr || found == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  *found = 0;
  Product product;
  if (const cublasStatus_t status = describe(desc, a, b, c, d, &product)) return status;
  const Attributes &preferred = preference->attributes;
  const uint64_t most_workspace = preferred.bits(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
  const auto schemes = static_cast<uint32_t>(preferred.bits(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK));
  for (const Algorithm &algorithm : algorithms(product, promised_alignment(preferred))) {
    if (*found == requested || algorithm.workspace_bytes > most_workspace) continue;
    if ((algorithm.reduction_scheme & ~schemes) != 0) continue;
    results[(*found)++] = result_of(algorithm);
  }
  return *found > 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a,
                                       cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                       const cublasLtMatmulAlgo_t *algorithm,
                                       cublasLtMatmulHeuristicResult_t *result) {
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  Product product;
  if (algorithm == nullptr || result == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (const cublasStatus_t status = describe(desc, a, b, c, d, &product)) return status;
  const Algorithm checked = Algorithm::from(*algorithm);
  if (!checked.known()) return CUBLAS_STATUS_INVALID_VALUE;
  *result = result_of(checked);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t *algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t attribute, void *value,
                                                    size_t bytes, size_t *written) {
  if (algorithm == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  const Algorithm from = Algorithm::from(*algorithm);
  const Attributes attributes({{CUBLASLT_ALGO_CONFIG_ID, {4, static_cast<uint64_t>(from.id)}},
                               {CUBLASLT_ALGO_CONFIG_TILE_ID, {4, from.tile}},
                               {CUBLASLT_ALGO_CONFIG_SPLITK_NUM, {4, static_cast<uint64_t>(from.split_k)}},
                               {CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, {4, from.reduction_scheme}},
                               {CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING, {4, 0}},
                               {CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION, {4, 0}},
                               {CUBLASLT_ALGO_CONFIG_STAGES_ID, {4, from.stages}},
                               {CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID, {2, 0}},
                               {CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID, {2, 0}}});
  return from.known() ? attributes.get(attribute, value, bytes, written) : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void *alpha, const void *a,
                              cublasLtMatrixLayout_t a_layout, const void *b, cublasLtMatrixLayout_t b_layout,
                              const void *beta, const void *c, cublasLtMatrixLayout_t c_layout, void *d,
                              cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t *algorithm, void *workspace,
                              size_t workspace_bytes, cudaStream_t stream) {
  if (const int injected = memo_emulation_injected("cublasLtMatmul")) return static_cast<cublasStatus_t>(injected);
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  Product product;
  if (const cublasStatus_t status = describe(desc, a_layout, b_layout, c_layout, d_layout, &product)) return status;
  if (alpha == nullptr || beta == nullptr || a == nullptr || b == nullptr || d == nullptr) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  product.alpha = *static_cast<const float *>(alpha);
  product.beta = *static_cast<const float *>(beta);
  product.a_data = a;
  product.b_data = b;
  product.c_data = c;
  product.d_data = d;
  product.workspace = workspace;
  // Without an algorithm the library asks its heuristic for one that the workspace is enough for.
  product.algorithm = algorithm != nullptr ? Algorithm::from(*algorithm) : algorithms(product, 1)[1];
  if (!product.algorithm.known() || workspace_bytes < product.algorithm.workspace_bytes ||
      (product.beta != 0 && c == nullptr)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const bool biased = desc->attributes.number(CUBLASLT_MATMUL_DESC_EPILOGUE) == CUBLASLT_EPILOGUE_BIAS;
  if (biased && product.bias == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  const void *result = d;
  for (const void *address : {a, b, product.beta == 0 ? result : c, result}) {
    if (!aligned(address, product.algorithm.alignment)) return CUBLAS_STATUS_INVALID_VALUE;
  }
  const int error = memo_emulation_enqueue(
      stream, "matmul", run_product, [](void *work) { delete static_cast<Product *>(work); }, new Product(product));
  return error == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}
