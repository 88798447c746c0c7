#include "kernel_table.h"
#include "scratch.h"
#include "simd.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

// Every block has one sum, whichever thread makes it, and the sums are added in the order of the blocks.
constexpr int64_t kBlockElements = 16 * 1024;

constexpr int kDoubles = kWidth / 2;
constexpr int kSums = 4;
typedef float HalfVec __attribute__((vector_size(kDoubles * 4)));
typedef double DoubleVec __attribute__((vector_size(kDoubles * 8)));

double sum_of_block(const float *x, int64_t n) {
  DoubleVec sums[kSums] = {};
  int64_t at = 0;
  for (; at + kSums * kDoubles <= n; at += kSums * kDoubles) {
    for (int i = 0; i < kSums; i++) {
      HalfVec floats;
      memcpy(&floats, x + at + i * kDoubles, sizeof floats);
      const DoubleVec doubles = __builtin_convertvector(floats, DoubleVec);
      sums[i] += doubles * doubles;
    }
  }
  double total = 0;
  for (; at < n; at++) total += static_cast<double>(x[at]) * x[at];
  const DoubleVec lanes = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (int i = 0; i < kDoubles; i++) total += lanes[i];
  return total;
}

}  // namespace

void sum_of_squares_f32(const float *x, int64_t n, double *sum) {
  const int64_t blocks = (n + kBlockElements - 1) / kBlockElements;
  double *block_sums = scratch_doubles(blocks);
  const int parts = num_parts(n);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(blocks, part, parts);
    for (int64_t block = range.begin; block < range.end; block++) {
      const int64_t begin = block * kBlockElements;
      const int64_t left = n - begin;
      block_sums[block] = sum_of_block(x + begin, left < kBlockElements ? left : kBlockElements);
    }
  });
  double total = 0;
  for (int64_t block = 0; block < blocks; block++) total += block_sums[block];
  *sum += total;
}

}  // namespace memo::MEMO_ISA
