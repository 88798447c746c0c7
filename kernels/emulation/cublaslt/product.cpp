#include "product.h"

#include <math.h>
#include <string.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "cuda_bf16.h"
#include "descriptors.h"
#include "emulation_control.h"

namespace memo::emulation {

namespace {

constexpr uint64_t kTileRows = 32;  // of D, contiguous in the packed A
constexpr uint64_t kTileCols = 4;
constexpr uint64_t kParallelFrom = 4000000;  // multiplications

float load(const void *data, cudaDataType type, uint64_t index) {
  if (type == CUDA_R_32F) return static_cast<const float *>(data)[index];
  return __uint_as_float(static_cast<uint32_t>(static_cast<const uint16_t *>(data)[index]) << 16);
}

void store(void *data, cudaDataType type, uint64_t index, float value) {
  if (type == CUDA_R_32F) {
    static_cast<float *>(data)[index] = value;
  } else {
    static_cast<uint16_t *>(data)[index] = __bfloat16_as_ushort(__float2bfloat16_rn(value));
  }
}

uint64_t index_of(const Matrix &matrix, uint64_t row, uint64_t col) {
  const uint64_t leading = static_cast<uint64_t>(matrix.leading);
  return matrix.row_major ? row * leading + col : col * leading + row;
}

// To the 10 explicit bits of mantissa that a tf32 has, to nearest, ties to even.
float rounded_to_tf32(float value) {
  const uint32_t bits = __float_as_uint(value);
  if ((bits & 0x7F800000u) == 0x7F800000u) return value;
  return __uint_as_float((bits + 0xFFFu + ((bits >> 13) & 1u)) & 0xFFFFE000u);
}

// One matrix of the batch in f32: element (r, c) of op(X) at [c][r] with rows padded to `stride`.
std::vector<float> packed(const Matrix &matrix, const void *data, int64_t batch, bool transpose, bool tf32,
                          uint64_t stride, bool by_column) {
  const uint64_t rows = transpose ? matrix.cols : matrix.rows, cols = transpose ? matrix.rows : matrix.cols;
  const uint64_t offset = static_cast<uint64_t>(batch * matrix.batch_stride);
  std::vector<float> out((by_column ? cols : rows) * stride);
  for (uint64_t r = 0; r < rows; r++) {
    for (uint64_t c = 0; c < cols; c++) {
      const uint64_t from = transpose ? index_of(matrix, c, r) : index_of(matrix, r, c);
      const float value = load(data, matrix.type, offset + from);
      out[by_column ? c * stride + r : r * stride + c] = tf32 ? rounded_to_tf32(value) : value;
    }
  }
  return out;
}

struct Operands {
  std::vector<float> a;  // [k][padded m]
  std::vector<float> b;  // [k][padded n]
  uint64_t a_stride, b_stride;
};

#if defined(__x86_64__)
#define MEMO_VECTOR_CLONES __attribute__((optimize("O3"), target_clones("arch=x86-64-v3", "default")))
#else
#define MEMO_VECTOR_CLONES
#endif

// sums[col][row] += a[first..end)[row] * b[first..end)[col]
MEMO_VECTOR_CLONES
void add_products(const Operands &operands, uint64_t row, uint64_t col, uint64_t first, uint64_t end,
                  float (&sums)[kTileCols][kTileRows]) {
  for (uint64_t k = first; k < end; k++) {
    const float *a = operands.a.data() + k * operands.a_stride + row;
    const float *b = operands.b.data() + k * operands.b_stride + col;
    for (uint64_t j = 0; j < kTileCols; j++) {
      for (uint64_t i = 0; i < kTileRows; i++) sums[j][i] += a[i] * b[j];
    }
  }
}

uint64_t padded(uint64_t count, uint64_t unit) { return (count + unit - 1) / unit * unit; }

bool overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
  const char *first = static_cast<const char *>(a), *second = static_cast<const char *>(b);
  return first < second + b_bytes && second < first + a_bytes;
}

}  // namespace

Matrix Matrix::of(cublasLtMatrixLayout_t layout) {
  const Attributes &from = layout->attributes;
  return {static_cast<cudaDataType>(from.number(CUBLASLT_MATRIX_LAYOUT_TYPE)),
          from.number(CUBLASLT_MATRIX_LAYOUT_ORDER) == CUBLASLT_ORDER_ROW,
          from.bits(CUBLASLT_MATRIX_LAYOUT_ROWS),
          from.bits(CUBLASLT_MATRIX_LAYOUT_COLS),
          static_cast<int64_t>(from.bits(CUBLASLT_MATRIX_LAYOUT_LD)),
          from.number(CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT),
          static_cast<int64_t>(from.bits(CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET))};
}

bool Matrix::valid() const {
  const uint64_t shortest = row_major ? cols : rows;
  return rows > 0 && cols > 0 && leading > 0 && static_cast<uint64_t>(leading) >= shortest && batches >= 1;
}

size_t Matrix::bytes() const {
  const uint64_t batch = static_cast<uint64_t>(batches - 1) * static_cast<uint64_t>(batch_stride);
  return (batch + index_of(*this, rows - 1, cols - 1) + 1) * element_bytes();
}

uint64_t Algorithm::summands(uint64_t k) const {
  switch (id) {
    case 1: return k;
    case 2: return 32;
    default: return (k + 1) / 2;
  }
}

cublasStatus_t Product::check_shapes() const {
  for (const Matrix *matrix : {&a, &b, &c, &d}) {
    if (!matrix->valid() || matrix->batches != d.batches) return CUBLAS_STATUS_INVALID_VALUE;
    if (matrix->type != CUDA_R_32F && matrix->type != CUDA_R_16BF) return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const uint64_t a_rows = transpose_a ? a.cols : a.rows;
  const uint64_t b_rows = transpose_b ? b.cols : b.rows, b_cols = transpose_b ? b.rows : b.cols;
  if (a_rows != m() || b_rows != k() || b_cols != n() || c.rows != m() || c.cols != n()) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const bool types = a.type == b.type && c.type == d.type && (a.type == CUDA_R_16BF || d.type == CUDA_R_32F);
  const bool bias_fits = bias == nullptr || bias_type == d.type;
  return types && bias_fits ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

std::string Product::check_memory() const {
  const size_t bias_bytes = bias == nullptr ? 0 : m() * (bias_type == CUDA_R_16BF ? 2 : 4);
  const struct {
    const char *name;
    const void *data;
    size_t bytes;
  } all[] = {{"A", a_data, a.bytes()},
             {"B", b_data, b.bytes()},
             {"C", beta == 0 ? d_data : c_data, beta == 0 ? d.bytes() : c.bytes()},
             {"D", d_data, d.bytes()},
             {"the bias", bias, bias_bytes},
             {"the workspace", workspace, algorithm.workspace_bytes}};
  for (const auto &each : all) {
    if (each.bytes != 0 && !memo_emulation_is_device_accessible(each.data, each.bytes)) {
      return std::string(each.name) + " of a product is not in device memory as a whole";
    }
  }
  for (const auto &each : {all[0], all[1], all[4], all[5]}) {
    if (each.bytes != 0 && overlap(each.data, each.bytes, d_data, d.bytes())) {
      return std::string(each.name) + " of a product overlaps its result";
    }
  }
  return "";
}

void Product::compute() const {
  constexpr int kGarbage = 0xFF;
  if (algorithm.workspace_bytes > 0) memset(workspace, kGarbage, algorithm.workspace_bytes);
  for (int64_t batch = 0; batch < d.batches; batch++) {
    Operands operands;
    operands.a_stride = padded(m(), kTileRows);
    operands.b_stride = padded(n(), kTileCols);
    operands.a = packed(a, a_data, batch, transpose_a, tf32, operands.a_stride, true);
    operands.b = packed(b, b_data, batch, transpose_b, tf32, operands.b_stride, false);
    const uint64_t c_offset = static_cast<uint64_t>(batch * c.batch_stride);
    const uint64_t d_offset = static_cast<uint64_t>(batch * d.batch_stride);
    const auto columns = [&](uint64_t first_tile, uint64_t end_tile) {
      for (uint64_t col = first_tile * kTileCols; col < std::min(n(), end_tile * kTileCols); col += kTileCols) {
        for (uint64_t row = 0; row < m(); row += kTileRows) {
          float total[kTileCols][kTileRows] = {};
          const uint64_t step = algorithm.summands(k());
          for (uint64_t first = 0; first < k(); first += step) {
            float sums[kTileCols][kTileRows] = {};
            add_products(operands, row, col, first, std::min(k(), first + step), sums);
            for (uint64_t j = 0; j < kTileCols; j++) {
              for (uint64_t i = 0; i < kTileRows; i++) total[j][i] += sums[j][i];
            }
          }
          for (uint64_t j = 0; j < kTileCols && col + j < n(); j++) {
            for (uint64_t i = 0; i < kTileRows && row + i < m(); i++) {
              float value = alpha * total[j][i];
              if (beta != 0) value += beta * load(c_data, c.type, c_offset + index_of(c, row + i, col + j));
              if (bias != nullptr) value += load(bias, bias_type, row + i);
              store(d_data, d.type, d_offset + index_of(d, row + i, col + j), value);
            }
          }
        }
      }
    };
    const uint64_t tiles = operands.b_stride / kTileCols;
    const uint64_t threads = m() * n() * k() < kParallelFrom ? 1 : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::thread> helpers;
    for (uint64_t i = 1; i < threads; i++) {
      helpers.emplace_back(columns, tiles * i / threads, tiles * (i + 1) / threads);
    }
    columns(0, tiles / threads);
    for (std::thread &helper : helpers) helper.join();
  }
}

}  // namespace memo::emulation
