// cuBLASLt's products, against a plain loop, and what it refuses.
#include <math.h>
#include <string.h>

#include <random>
#include <vector>

#include "check.h"
#include "cublasLt.h"
#include "cuda_bf16.h"

namespace {

std::mt19937 random_bits(7);

float next() { return std::uniform_real_distribution<float>(-1, 1)(random_bits); }

size_t bytes_of(cudaDataType type) { return type == CUDA_R_32F ? 4 : 2; }

float at(const void *data, cudaDataType type, int64_t i) {
  return type == CUDA_R_32F ? static_cast<const float *>(data)[i]
                            : __bfloat162float(static_cast<const __nv_bfloat16 *>(data)[i]);
}

void put(void *data, cudaDataType type, int64_t i, float value) {
  if (type == CUDA_R_32F) static_cast<float *>(data)[i] = value;
  else static_cast<__nv_bfloat16 *>(data)[i] = __float2bfloat16(value);
}

// A matrix of a batch in pinned memory, which the host sees; with room around its rows or columns.
struct Operand {
  cudaDataType type;
  bool row_major;
  int64_t rows, cols, leading, stride;
  int batches;
  void *data;
  cublasLtMatrixLayout_t layout = nullptr;

  Operand(cudaDataType type, bool row_major, int64_t rows, int64_t cols, int batches)
      : type(type), row_major(row_major), rows(rows), cols(cols), batches(batches) {
    leading = (row_major ? cols : rows) + 3;
    stride = leading * (row_major ? rows : cols) + 5;
    void *memory = nullptr;
    CHECK_CUDA(cudaHostAlloc(&memory, static_cast<size_t>(stride * batches) * bytes_of(type), 0));
    data = memory;
    for (int64_t i = 0; i < stride * batches; i++) put(data, type, i, next());
    CHECK_CUDA(cublasLtMatrixLayoutCreate(&layout, type, static_cast<uint64_t>(rows), static_cast<uint64_t>(cols),
                                          leading));
    const int32_t order = row_major ? CUBLASLT_ORDER_ROW : CUBLASLT_ORDER_COL;
    CHECK_CUDA(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_ORDER, &order, 4));
    CHECK_CUDA(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batches, 4));
    CHECK_CUDA(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, 8));
  }
  Operand(const Operand &) = delete;
  ~Operand() {
    CHECK_CUDA(cudaFreeHost(data));
    CHECK_CUDA(cublasLtMatrixLayoutDestroy(layout));
  }

  int64_t index(int batch, int64_t row, int64_t col) const {
    return batch * stride + (row_major ? row * leading + col : col * leading + row);
  }
  float get(int batch, int64_t row, int64_t col) const { return at(data, type, index(batch, row, col)); }
};

cublasLtHandle_t handle;

cublasLtMatmulDesc_t product_of(bool transpose_a, bool transpose_b, const void *bias, cudaDataType bias_type) {
  cublasLtMatmulDesc_t product = nullptr;
  CHECK_CUDA(cublasLtMatmulDescCreate(&product, CUBLAS_COMPUTE_32F, CUDA_R_32F));
  const int32_t a = transpose_a, b = transpose_b, epilogue = CUBLASLT_EPILOGUE_BIAS, type = bias_type;
  CHECK_CUDA(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &a, 4));
  CHECK_CUDA(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSB, &b, 4));
  if (bias != nullptr) {
    CHECK_CUDA(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, 4));
    CHECK_CUDA(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, 8));
    CHECK_CUDA(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, &type, 4));
  }
  return product;
}

cublasLtMatmulPreference_t preference_of(uint64_t workspace_bytes, uint32_t alignment) {
  cublasLtMatmulPreference_t preference = nullptr;
  CHECK_CUDA(cublasLtMatmulPreferenceCreate(&preference));
  CHECK_CUDA(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                  &workspace_bytes, 8));
  for (auto attribute : {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
                         CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    CHECK_CUDA(cublasLtMatmulPreferenceSetAttribute(preference, attribute, &alignment, 4));
  }
  return preference;
}

struct Case {
  int64_t m, n, k;
  bool transpose_a, transpose_b;
  int row_majors;  // bits: A, B, C and D
  cudaDataType in, out;
  float alpha, beta;
  bool biased;
  int batches;
};

void check_case(const Case &c) {
  Operand a(c.in, c.row_majors & 1, c.transpose_a ? c.k : c.m, c.transpose_a ? c.m : c.k, c.batches);
  Operand b(c.in, c.row_majors & 2, c.transpose_b ? c.n : c.k, c.transpose_b ? c.k : c.n, c.batches);
  Operand d(c.out, c.row_majors & 4, c.m, c.n, c.batches);
  Operand before(c.out, c.row_majors & 4, c.m, c.n, c.batches);
  memcpy(before.data, d.data, static_cast<size_t>(d.stride * d.batches) * bytes_of(d.type));
  Operand bias(c.out, false, c.m, 1, 1);
  cublasLtMatmulDesc_t product = product_of(c.transpose_a, c.transpose_b, c.biased ? bias.data : nullptr, c.out);
  constexpr uint64_t kWorkspace = 1 << 20;
  cublasLtMatmulPreference_t preference = preference_of(kWorkspace, 256);
  cublasLtMatmulHeuristicResult_t results[8];
  int found = 0;
  CHECK_CUDA(cublasLtMatmulAlgoGetHeuristic(handle, product, a.layout, b.layout, d.layout, d.layout, preference, 8,
                                            results, &found));
  CHECK_EQUAL(found, c.k >= 2 ? 3 : 2);
  void *workspace = nullptr;
  CHECK_CUDA(cudaMalloc(&workspace, kWorkspace));
  for (int i = 0; i < found; i++) {
    memcpy(d.data, before.data, static_cast<size_t>(d.stride * d.batches) * bytes_of(d.type));
    CHECK_CUDA(cublasLtMatmul(handle, product, &c.alpha, a.data, a.layout, b.data, b.layout, &c.beta, d.data, d.layout,
                              d.data, d.layout, &results[i].algo, workspace, kWorkspace, nullptr));
    CHECK_CUDA(cudaDeviceSynchronize());
    for (int batch = 0; batch < c.batches; batch++) {
      for (int64_t row = 0; row < c.m; row++) {
        for (int64_t col = 0; col < c.n; col++) {
          double sum = 0;
          for (int64_t k = 0; k < c.k; k++) {
            sum += static_cast<double>(c.transpose_a ? a.get(batch, k, row) : a.get(batch, row, k)) *
                   (c.transpose_b ? b.get(batch, col, k) : b.get(batch, k, col));
          }
          double expected = c.alpha * sum + c.beta * before.get(batch, row, col) + (c.biased ? bias.get(0, row, 0) : 0);
          const double bound = (c.out == CUDA_R_16BF ? 1.0 / 256 : 1e-5) * (fabs(expected) + 1);
          CHECK(fabs(d.get(batch, row, col) - expected) <= bound);
        }
      }
    }
    // What lies between the columns or rows is left alone.
    const int64_t beside = d.index(0, d.row_major ? 0 : d.rows, d.row_major ? d.cols : 0);
    CHECK_EQUAL(at(d.data, d.type, beside), at(before.data, d.type, beside));
  }
  CHECK_CUDA(cudaFree(workspace));
  CHECK_CUDA(cublasLtMatmulDescDestroy(product));
  CHECK_CUDA(cublasLtMatmulPreferenceDestroy(preference));
}

void products_are_those_of_a_plain_loop() {
  for (int orders = 0; orders < 8; orders++) {
    for (int transposes = 0; transposes < 4; transposes++) {
      const bool a = (transposes & 1) != 0, b = (transposes & 2) != 0;
      check_case({37, 21, 40, a, b, orders, CUDA_R_32F, CUDA_R_32F, 1, 0, false, 1});
    }
  }
  check_case({64, 65, 128, true, false, 0, CUDA_R_16BF, CUDA_R_16BF, 0.5f, 1, true, 3});
  check_case({64, 65, 128, false, true, 0, CUDA_R_16BF, CUDA_R_32F, 1, 1, false, 2});
  check_case({1, 1, 1, false, false, 0, CUDA_R_32F, CUDA_R_32F, 2, 0, true, 1});
  check_case({200, 150, 200, false, false, 0, CUDA_R_32F, CUDA_R_32F, 1, 0, false, 1});
}

void a_result_that_is_not_added_to_may_be_garbage_before() {
  Operand a(CUDA_R_32F, false, 4, 4, 1), b(CUDA_R_32F, false, 4, 4, 1), d(CUDA_R_32F, false, 4, 4, 1);
  for (int64_t i = 0; i < d.stride; i++) put(d.data, d.type, i, NAN);
  cublasLtMatmulDesc_t product = product_of(false, false, nullptr, CUDA_R_32F);
  const float one = 1, zero = 0;
  CHECK_CUDA(cublasLtMatmul(handle, product, &one, a.data, a.layout, b.data, b.layout, &zero, d.data, d.layout, d.data,
                            d.layout, nullptr, nullptr, 0, nullptr));
  CHECK_CUDA(cudaDeviceSynchronize());
  CHECK(!isnan(d.get(0, 3, 3)));
  CHECK_CUDA(cublasLtMatmulDescDestroy(product));
}

void the_heuristic_keeps_to_the_workspace() {
  Operand a(CUDA_R_32F, false, 64, 64, 1), b(CUDA_R_32F, false, 64, 64, 1), d(CUDA_R_32F, false, 64, 64, 1);
  cublasLtMatmulDesc_t product = product_of(false, false, nullptr, CUDA_R_32F);
  cublasLtMatmulHeuristicResult_t results[8];
  int found = 0;
  for (uint64_t limit : {0ul, 20000ul, 65536ul}) {
    cublasLtMatmulPreference_t preference = preference_of(limit, 256);
    CHECK_CUDA(cublasLtMatmulAlgoGetHeuristic(handle, product, a.layout, b.layout, d.layout, d.layout, preference, 8,
                                              results, &found));
    CHECK_EQUAL(found, limit == 0 ? 1 : limit == 20000 ? 2 : 3);
    for (int i = 0; i < found; i++) CHECK(results[i].workspaceSize <= limit);
    CHECK_CUDA(cublasLtMatmulPreferenceDestroy(preference));
  }
  const float one = 1, zero = 0;
  CHECK_EQUAL(static_cast<int>(cublasLtMatmul(handle, product, &one, a.data, a.layout, b.data, b.layout, &zero, d.data,
                                              d.layout, d.data, d.layout, &results[0].algo, nullptr, 0, nullptr)),
              static_cast<int>(CUBLAS_STATUS_INVALID_VALUE));
  CHECK_CUDA(cublasLtMatmulDescDestroy(product));
}

void mistakes_are_refused() {
  Operand a(CUDA_R_32F, false, 8, 4, 1), b(CUDA_R_32F, false, 4, 6, 1), d(CUDA_R_32F, false, 8, 6, 1);
  Operand wrong(CUDA_R_32F, false, 7, 6, 1), rounded(CUDA_R_16BF, false, 8, 6, 1);
  cublasLtMatmulDesc_t product = product_of(false, false, nullptr, CUDA_R_32F);
  const float one = 1, zero = 0;
  const auto multiply = [&](const void *a_data, Operand &to) {
    return static_cast<int>(cublasLtMatmul(handle, product, &one, a_data, a.layout, b.data, b.layout, &zero, to.data,
                                           to.layout, to.data, to.layout, nullptr, nullptr, 0, nullptr));
  };
  CHECK_EQUAL(multiply(a.data, wrong), static_cast<int>(CUBLAS_STATUS_INVALID_VALUE));
  CHECK_EQUAL(multiply(a.data, rounded), static_cast<int>(CUBLAS_STATUS_NOT_SUPPORTED));
  CHECK_EQUAL(multiply(static_cast<char *>(a.data) + 2, d), static_cast<int>(CUBLAS_STATUS_INVALID_VALUE));
  std::vector<float> of_the_host(100);
  CHECK_CUDA(multiply(of_the_host.data(), d));
  expect_failure(cudaErrorIllegalAddress, "A of a product is not in device memory");
  const int64_t wide = 4;
  CHECK_EQUAL(static_cast<int>(cublasLtMatmulDescSetAttribute(product, CUBLASLT_MATMUL_DESC_TRANSA, &wide, 8)),
              static_cast<int>(CUBLAS_STATUS_INVALID_VALUE));
  memo_emulation_inject("cublasLtMatmul", 1, CUBLAS_STATUS_EXECUTION_FAILED);
  CHECK_EQUAL(multiply(a.data, d), static_cast<int>(CUBLAS_STATUS_EXECUTION_FAILED));
  CHECK_CUDA(multiply(a.data, d));
  memo_emulation_inject("matmul", 1, cudaErrorLaunchFailure);
  CHECK_CUDA(multiply(a.data, d));
  expect_failure(cudaErrorLaunchFailure, "injected into a matmul");
  CHECK_CUDA(cublasLtMatmulDescDestroy(product));
}

}  // namespace

int main() {
  static_assert(sizeof(cublasLtMatmulAlgo_t) == 64, "cuBLASLt's size");
  static_assert(sizeof(cublasLtMatmulHeuristicResult_t) == 96, "cuBLASLt's size");
  CHECK_CUDA(cublasLtCreate(&handle));
  products_are_those_of_a_plain_loop();
  a_result_that_is_not_added_to_may_be_garbage_before();
  the_heuristic_keeps_to_the_workspace();
  mistakes_are_refused();
  CHECK_CUDA(cublasLtDestroy(handle));
  return 0;
}
