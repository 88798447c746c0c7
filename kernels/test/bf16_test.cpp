// The conversions to and from bf16 of every kind of number, at every place in a Vec, against their definition.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vector>

#include "memo_kernels.h"

namespace {

float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

bool is_nan(memo_bf16 half) { return (half & 0x7FFF) > 0x7F80; }

memo_bf16 nearest(uint32_t bits) {
  const uint32_t lower = bits & 0xFFFF;
  const uint32_t upper = bits >> 16;
  const bool up = lower > 0x8000 || (lower == 0x8000 && upper % 2 == 1);
  return static_cast<memo_bf16>(up ? upper + 1 : upper);
}

int failures = 0;

void require(bool condition, const char *what, uint32_t bits) {
  if (condition) return;
  if (failures++ < 10) fprintf(stderr, "%s: %08x\n", what, bits);
}

// Every upper half, with lower halves that are exact, next to exact, and around the tie.
std::vector<uint32_t> patterns() {
  std::vector<uint32_t> bits;
  for (uint32_t upper = 0; upper < 0x10000; upper++) {
    for (uint32_t lower : {0x0000, 0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF, 0x1234}) bits.push_back(upper << 16 | lower);
  }
  return bits;
}

void check_casts(const std::vector<uint32_t> &bits) {
  std::vector<float> values;
  for (uint32_t each : bits) values.push_back(float_of(each));
  std::vector<memo_bf16> halves(values.size());
  const int64_t n = static_cast<int64_t>(values.size());
  require(memo_cast_bf16(values.data(), n, halves.data(), n, 1, n) == MEMO_OK, memo_last_error(), 0);
  for (int64_t i = 0; i < n; i++) {
    const bool right = isnan(values[i]) ? is_nan(halves[i]) : halves[i] == nearest(bits[i]);
    require(right, "cast", bits[i]);
  }
  std::vector<float> back(values.size());
  require(memo_widen_bf16(halves.data(), n, back.data(), n, 1, n) == MEMO_OK, memo_last_error(), 0);
  for (int64_t i = 0; i < n; i++) {
    const float expected = float_of(static_cast<uint32_t>(halves[i]) << 16);
    require(memcmp(&back[i], &expected, sizeof expected) == 0, "widen", bits[i]);
  }
}

// Rows of every length up to some Vecs, within wider ones: nothing beside them changes.
void check_rows() {
  constexpr int64_t kRows = 3, kStride = 80;
  for (int64_t cols = 1; cols <= 67; cols++) {
    std::vector<float> values(kRows * kStride);
    for (size_t i = 0; i < values.size(); i++) values[i] = static_cast<float>(i % 251);
    std::vector<memo_bf16> halves(kRows * kStride, 7);
    std::vector<float> back(kRows * kStride, -1);
    memo_cast_bf16(values.data(), kStride, halves.data(), kStride, kRows, cols);
    memo_widen_bf16(halves.data(), kStride, back.data(), kStride, kRows, cols);
    for (int64_t i = 0; i < kRows * kStride; i++) {
      const bool inside = i % kStride < cols;
      require(inside || halves[i] == 7, "cast beside its row", static_cast<uint32_t>(i));
      require(back[i] == (inside ? values[i] : -1), "row", static_cast<uint32_t>(i));
    }
  }
}

}  // namespace

int main() {
  const char *isa = getenv("MEMO_ISA");
  if (isa != nullptr && memo_use_isa(isa) != MEMO_OK) return 77;
  memo_set_num_threads(2);
  check_casts(patterns());
  check_rows();
  return failures == 0 ? 0 : 1;
}
