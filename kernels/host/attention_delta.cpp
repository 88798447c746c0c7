#include "kernel_table.h"
#include "storage.h"
#include "threads.h"
#include "tile_product.h"

namespace memo::MEMO_ISA {
namespace {

float dot(const Element *a, const Element *b, int64_t n) {
  Vec sums[2] = {};
  int64_t at = 0;
  for (; at + 2 * kWidth <= n; at += 2 * kWidth) {
    sums[0] = fma(load(a + at), load(b + at), sums[0]);
    sums[1] = fma(load(a + at + kWidth), load(b + at + kWidth), sums[1]);
  }
  for (; at < n; at += kWidth) {
    const int count = static_cast<int>(smaller(kWidth, n - at));
    sums[0] = fma(load_first(a + at, count), load_first(b + at, count), sums[0]);
  }
  return sum(sums[0] + sums[1]);
}

}  // namespace

void MEMO_TYPED(attention_delta)(const Element *out, const Element *dout, int64_t out_stride, float *delta,
                                 int64_t tokens, int64_t heads, int64_t head_dim) {
  const int parts = num_parts(tokens * heads * head_dim);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(tokens, part, parts);
    for (int64_t token = range.begin; token < range.end; token++) {
      for (int64_t head = 0; head < heads; head++) {
        const int64_t at = token * out_stride + head * head_dim;
        delta[head * tokens + token] = dot(out + at, dout + at, head_dim);
      }
    }
  });
}

}  // namespace memo::MEMO_ISA
