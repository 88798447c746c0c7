#include <math.h>
#include <string.h>

#include "kernel_table.h"
#include "lanes.h"
#include "scratch.h"
#include "simd_math.h"
#include "storage.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

// Sums of exponentials are f32 within this many columns and f64 beyond: a vocabulary may have 256K.
constexpr int64_t kBlockCols = 1024;

float float_at(const Element *p) { return load_first(p, 1)[0]; }

float largest_of(const Element *row, int64_t cols) {
  const Vec lowest = splat(-INFINITY);
  Vec slots[kSlots] = {lowest, lowest, lowest, lowest};
  for_lanes(0, cols, [&](auto lanes) MEMO_FLAT {
    slots[lanes.slot] = max(slots[lanes.slot], lanes.or_else(lanes.load(row), lowest));
  });
  return largest(max(max(slots[0], slots[1]), max(slots[2], slots[3])));
}

// The sum of e^(row - shift). The row becomes those exponentials, unless they would be rounded, and then once more as
// gradients. NaNs, which largest_of may have passed over, come to light here.
double sum_exponentials(Element *row, int64_t cols, float shift) {
  double total = 0;
  for (int64_t begin = 0; begin < cols; begin += kBlockCols) {
    const int64_t end = cols - begin < kBlockCols ? cols : begin + kBlockCols;
    LaneSum block;
    for_lanes(begin, end, [&](auto lanes) MEMO_FLAT {
      const Vec e = lanes.or_else(exp(lanes.load(row) - shift), Vec{});
      if (!kRounds) lanes.store(row, e);
      block.add(lanes, e);
    });
    total += block.total();
  }
  return total;
}

// The row becomes its gradient; answers its loss. Of the row's passes all but the first are in the cache.
double loss_of_row(Element *logits, int32_t target, int64_t vocab, float scale) {
  const float shift = largest_of(logits, vocab);
  const float target_logit = float_at(logits + target);
  const double total = sum_exponentials(logits, vocab, shift);
  const float factor = static_cast<float>(scale / total);
  for_lanes(0, vocab, [=](auto lanes) MEMO_FLAT {
    const Vec value = lanes.load(logits);
    lanes.store(logits, (kRounds ? exp(value - shift) : value) * factor);
  });
  const float target_share = kRounds ? exp(splat(target_logit - shift))[0] * factor : float_at(logits + target);
  store_first(logits + target, splat(target_share - scale), 1);
  return shift - static_cast<double>(target_logit) + ::log(total);
}

}  // namespace

void MEMO_TYPED(cross_entropy)(Element *logits, const int32_t *targets, double *loss_sum, int64_t rows, int64_t vocab,
                               float scale) {
  double *losses = scratch_doubles(rows);
  const int parts = num_parts(rows * vocab);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(rows, part, parts);
    for (int64_t row = range.begin; row < range.end; row++) {
      Element *row_logits = logits + row * vocab;
      losses[row] = 0;
      if (targets[row] < 0) {
        memset(row_logits, 0, sizeof(Element) * vocab);
      } else {
        losses[row] = loss_of_row(row_logits, targets[row], vocab, scale);
      }
    }
  });
  double total = 0;
  for (int64_t row = 0; row < rows; row++) total += losses[row];
  *loss_sum += total;
}

}  // namespace memo::MEMO_ISA
