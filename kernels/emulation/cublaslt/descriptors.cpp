#include "descriptors.h"

#include "emulation_control.h"

namespace memo::emulation {

cublasStatus_t Attributes::set(int attribute, const void *value, size_t bytes) {
  const auto found = values_.find(attribute);
  if (value == nullptr || found == values_.end() || found->second.bytes != bytes) return CUBLAS_STATUS_INVALID_VALUE;
  found->second.bits = 0;
  memcpy(&found->second.bits, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

// Asked with no room: how much it takes.
cublasStatus_t Attributes::get(int attribute, void *value, size_t bytes, size_t *written) const {
  const auto found = values_.find(attribute);
  if (found == values_.end()) return CUBLAS_STATUS_INVALID_VALUE;
  if (bytes == 0 ? written == nullptr : value == nullptr || bytes != found->second.bytes) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (bytes != 0) memcpy(value, &found->second.bits, bytes);
  if (written != nullptr) *written = found->second.bytes;
  return CUBLAS_STATUS_SUCCESS;
}

namespace {

constexpr uint64_t kNoType = 0xFFFFFFFFu;

Attributes product_attributes(cublasComputeType_t compute, cudaDataType scale) {
  return Attributes({{CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, {4, static_cast<uint64_t>(compute)}},
                     {CUBLASLT_MATMUL_DESC_SCALE_TYPE, {4, static_cast<uint64_t>(scale)}},
                     {CUBLASLT_MATMUL_DESC_POINTER_MODE, {4, 0}},
                     {CUBLASLT_MATMUL_DESC_TRANSA, {4, CUBLAS_OP_N}},
                     {CUBLASLT_MATMUL_DESC_TRANSB, {4, CUBLAS_OP_N}},
                     {CUBLASLT_MATMUL_DESC_TRANSC, {4, CUBLAS_OP_N}},
                     {CUBLASLT_MATMUL_DESC_FILL_MODE, {4, 2}},
                     {CUBLASLT_MATMUL_DESC_EPILOGUE, {4, CUBLASLT_EPILOGUE_DEFAULT}},
                     {CUBLASLT_MATMUL_DESC_BIAS_POINTER, {8, 0}},
                     {CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE, {8, 0}},
                     {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, {8, 0}},
                     {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, {8, 0}},
                     {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE, {8, 0}},
                     {CUBLASLT_MATMUL_DESC_SM_COUNT_TARGET, {4, 0}},
                     {CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE, {4, kNoType}},
                     {CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, {4, kNoType}}});
}

Attributes layout_attributes(cudaDataType type, uint64_t rows, uint64_t cols, int64_t leading) {
  return Attributes({{CUBLASLT_MATRIX_LAYOUT_TYPE, {4, static_cast<uint64_t>(type)}},
                     {CUBLASLT_MATRIX_LAYOUT_ORDER, {4, CUBLASLT_ORDER_COL}},
                     {CUBLASLT_MATRIX_LAYOUT_ROWS, {8, rows}},
                     {CUBLASLT_MATRIX_LAYOUT_COLS, {8, cols}},
                     {CUBLASLT_MATRIX_LAYOUT_LD, {8, static_cast<uint64_t>(leading)}},
                     {CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, {4, 1}},
                     {CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, {8, 0}}});
}

Attributes preference_attributes() {
  constexpr uint64_t kAlignment = 256;
  return Attributes({{CUBLASLT_MATMUL_PREF_SEARCH_MODE, {4, 0}},
                     {CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, {8, 0}},
                     {CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, {4, CUBLASLT_REDUCTION_SCHEME_MASK}},
                     {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, {4, kAlignment}},
                     {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, {4, kAlignment}},
                     {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, {4, kAlignment}},
                     {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, {4, kAlignment}},
                     {CUBLASLT_MATMUL_PREF_MAX_WAVES_COUNT, {4, 0}},
                     {CUBLASLT_MATMUL_PREF_IMPL_MASK, {8, ~uint64_t{0}}}});
}

template <class Handle>
cublasStatus_t create(const char *name, Handle *place, Attributes attributes) {
  if (const int injected = memo_emulation_injected(name)) return static_cast<cublasStatus_t>(injected);
  if (place == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  *place = new std::remove_pointer_t<Handle>{std::move(attributes)};
  return CUBLAS_STATUS_SUCCESS;
}

template <class Handle>
cublasStatus_t set(Handle handle, int attribute, const void *value, size_t bytes) {
  return handle == nullptr ? CUBLAS_STATUS_INVALID_VALUE : handle->attributes.set(attribute, value, bytes);
}

template <class Handle>
cublasStatus_t get(Handle handle, int attribute, void *value, size_t bytes, size_t *written) {
  return handle == nullptr ? CUBLAS_STATUS_INVALID_VALUE : handle->attributes.get(attribute, value, bytes, written);
}

template <class Handle>
cublasStatus_t destroy(Handle handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

}  // namespace memo::emulation

using namespace memo::emulation;

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *product, cublasComputeType_t compute,
                                        cudaDataType scale) {
  return create("cublasLtMatmulDescCreate", product, product_attributes(compute, scale));
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t product) { return destroy(product); }
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute,
                                              const void *value, size_t bytes) {
  return set(product, attribute, value, bytes);
}
cublasStatus_t cublasLtMatmulDescGetAttribute(cublasLtMatmulDesc_t product, cublasLtMatmulDescAttributes_t attribute,
                                              void *value, size_t bytes, size_t *written) {
  return get(product, attribute, value, bytes, written);
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *layout, cudaDataType type, uint64_t rows,
                                          uint64_t cols, int64_t leading) {
  return create("cublasLtMatrixLayoutCreate", layout, layout_attributes(type, rows, cols, leading));
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) { return destroy(layout); }
cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute, const void *value,
                                                size_t bytes) {
  return set(layout, attribute, value, bytes);
}
cublasStatus_t cublasLtMatrixLayoutGetAttribute(cublasLtMatrixLayout_t layout,
                                                cublasLtMatrixLayoutAttribute_t attribute, void *value, size_t bytes,
                                                size_t *written) {
  return get(layout, attribute, value, bytes, written);
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *preference) {
  return create("cublasLtMatmulPreferenceCreate", preference, preference_attributes());
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) { return destroy(preference); }
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute, const void *value,
                                                    size_t bytes) {
  return set(preference, attribute, value, bytes);
}
cublasStatus_t cublasLtMatmulPreferenceGetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute, void *value,
                                                    size_t bytes, size_t *written) {
  return get(preference, attribute, value, bytes, written);
}
