// One matrix product, as submitted: all that a stream needs to compute it later.
#pragma once

#include <stdint.h>

#include <string>

#include "cublasLt.h"

namespace memo::emulation {

struct Matrix {
  cudaDataType type;
  bool row_major;
  uint64_t rows;
  uint64_t cols;
  int64_t leading;
  int32_t batches;
  int64_t batch_stride;

  static Matrix of(cublasLtMatrixLayout_t layout);
  size_t element_bytes() const { return type == CUDA_R_16BF ? 2 : 4; }
  bool valid() const;
  // From the first element to behind the last.
  size_t bytes() const;
};

// The ways to compute a product that the emulation makes up; they differ in the order of sums and in workspace.
struct Algorithm {
  int32_t id;
  uint32_t tile;
  int32_t split_k;
  uint32_t reduction_scheme;
  uint32_t stages;
  uint32_t alignment;        // that every matrix must have
  uint64_t workspace_bytes;

  static Algorithm from(const cublasLtMatmulAlgo_t &opaque);
  cublasLtMatmulAlgo_t opaque() const;
  bool known() const { return id >= 1 && id <= 3; }
  // So many products are summed before they are added to the other sums.
  uint64_t summands(uint64_t k) const;
};

struct Product {
  bool transpose_a, transpose_b;
  bool tf32;
  float alpha, beta;
  Matrix a, b, c, d;
  const void *a_data, *b_data, *c_data;
  void *d_data;
  const void *bias;  // may be null
  cudaDataType bias_type;
  Algorithm algorithm;
  void *workspace;

  uint64_t m() const { return d.rows; }
  uint64_t n() const { return d.cols; }
  uint64_t k() const { return transpose_a ? a.rows : a.cols; }

  // Success, or why cuBLASLt would not take it.
  cublasStatus_t check_shapes() const;
  // Empty, or which memory it would touch that is not the device's.
  std::string check_memory() const;
  void compute() const;
};

}  // namespace memo::emulation
