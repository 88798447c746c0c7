// Products of small matrices that lie in the caches, made of one register tile.
//
// The left matrix is read one element at a time, through any two strides, so that a transposed one costs nothing. The
// others have rows of whole Vecs: the columns beyond the matrix are computed too, and the caller ignores them. This is
// not a BLAS: the matrices are the blocks of attention, several of which must stay in the caches at once, and which the
// causal mask trims to different shapes from strip to strip.
#pragma once

#include "simd.h"

namespace memo::MEMO_ISA {

// A tile's sums leave registers for a row of the right matrix and for one element of the left.
constexpr int kTileRows = 6;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kTileVecs = 4;
#else
constexpr int kTileVecs = 2;
#endif

// Element (row, k) is at[row * row_stride + k * k_stride].
struct LeftMatrix {
  const float *at;
  int64_t row_stride;
  int64_t k_stride;
};

// Rows of whole Vecs.
struct RowMatrix {
  float *at;
  int64_t stride;

  MEMO_FLAT float *row(int64_t i) const { return at + i * stride; }
  MEMO_FLAT RowMatrix from_row(int64_t i) const { return {row(i), stride}; }
  MEMO_FLAT LeftMatrix as_left() const { return {at, stride, 1}; }
  MEMO_FLAT LeftMatrix as_left_transposed() const { return {at, 1, stride}; }
};

// What the sums start from: zero, or the result's old values, where there are row factors times those.
struct Start {
  bool from_zero;
  const float *row_factors;

  MEMO_FLAT float factor(int64_t row) const { return row_factors == nullptr ? 1.0f : row_factors[row]; }
};

constexpr Start kFromZero = {true, nullptr};
constexpr Start kFromOldValues = {false, nullptr};

// Handed over by reference and changed field by field: copies of it would wait for the stores of its fields.
struct TileArguments {
  RowMatrix c;
  LeftMatrix a;
  RowMatrix b;
  int64_t depth;
  Start start;
};

// c[kRows][kVecs * kWidth] = start + the product over k of [0, depth)
template <int kRows, int kVecs>
static void tile_product(const TileArguments &arguments) {
  const int64_t c_stride = arguments.c.stride;
  float *c_row = arguments.c.at;
  Vec sums[kRows][kVecs];
#pragma GCC unroll 8
  for (int i = 0; i < kRows; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; j++) sums[i][j] = Vec{};
  }
  if (!arguments.start.from_zero) {
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++) {
      const float factor = arguments.start.factor(i);
#pragma GCC unroll 8
      for (int j = 0; j < kVecs; j++) sums[i][j] = load(c_row + j * kWidth) * factor;
      c_row += c_stride;
      // Else the compiler computes all rows' addresses first, and spills them.
      asm("" : "+r"(c_row));
    }
  }
  const float *a = arguments.a.at;
  const int64_t a_row_stride = arguments.a.row_stride;
  const int64_t a_k_stride = arguments.a.k_stride;
  const float *b = arguments.b.at;
  const int64_t b_stride = arguments.b.stride;
  for (int64_t k = arguments.depth; k > 0; k--) {
    Vec b_row[kVecs];
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; j++) b_row[j] = load(b + j * kWidth);
#pragma GCC unroll 8
    for (int i = 0; i < kRows; i++) {
      const Vec a_element = splat(a[i * a_row_stride]);
#pragma GCC unroll 8
      for (int j = 0; j < kVecs; j++) sums[i][j] = fma(a_element, b_row[j], sums[i][j]);
    }
    a += a_k_stride;
    b += b_stride;
  }
  c_row = arguments.c.at;
#pragma GCC unroll 8
  for (int i = 0; i < kRows; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < kVecs; j++) store(c_row + j * kWidth, sums[i][j]);
    c_row += c_stride;
    asm("" : "+r"(c_row));
  }
}

using TileProduct = void(const TileArguments &);

template <int kVecs>
static TileProduct *tile_of_rows(int64_t rows) {
  static constexpr TileProduct *tiles[kTileRows] = {tile_product<1, kVecs>, tile_product<2, kVecs>,
                                                    tile_product<3, kVecs>, tile_product<4, kVecs>,
                                                    tile_product<5, kVecs>, tile_product<6, kVecs>};
  return tiles[rows - 1];
}

static inline TileProduct *tile_of(int64_t rows, int64_t vecs) {
#if defined(__AVX512F__) || defined(__aarch64__)
  if (vecs == 4) return tile_of_rows<4>(rows);
  if (vecs == 3) return tile_of_rows<3>(rows);
#endif
  return vecs == 2 ? tile_of_rows<2>(rows) : tile_of_rows<1>(rows);
}

// The part of a product that a strip of rows needs: the first `vecs` Vecs of columns, and of the depth this range.
struct Extent {
  int64_t vecs;
  int64_t depth_begin;
  int64_t depth_end;
};

MEMO_INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
MEMO_INLINE int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

// c[rows][vecs * kWidth] = start + a b, in strips of at most kTileRows rows. extent_of(row, count) is what the strip of
// `count` rows from `row` needs of it. Panels of columns come outermost: a panel of b stays in the first-level cache.
template <class ExtentOf>
static void multiply(RowMatrix c, LeftMatrix a, RowMatrix b, int64_t rows, int64_t vecs, Start start,
                     ExtentOf extent_of) {
  const int64_t panels = (vecs + kTileVecs - 1) / kTileVecs;
  TileArguments tile = {c, a, b, 0, start};
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t begin = vecs * panel / panels;
    const int64_t end = vecs * (panel + 1) / panels;
    for (int64_t row = 0; row < rows; row += kTileRows) {
      const int64_t count = smaller(kTileRows, rows - row);
      const Extent extent = extent_of(row, count);
      const int64_t width = smaller(end, extent.vecs) - begin;
      if (width <= 0) continue;
      tile.c.at = c.row(row) + begin * kWidth;
      tile.a.at = a.at + row * a.row_stride + extent.depth_begin * a.k_stride;
      tile.b.at = b.row(extent.depth_begin) + begin * kWidth;
      tile.depth = extent.depth_end - extent.depth_begin;
      if (start.row_factors != nullptr) tile.start.row_factors = start.row_factors + row;
      tile_of(count, width)(tile);
    }
  }
}

}  // namespace memo::MEMO_ISA
