// Flash attention, forward: softmax over blocks of keys, with the largest score so far as its running shift.
//
// Where other keys came before, their results are what a row starts from: so the blocks of a ring are put together.
//
// An item of work is a block of tokens for some query heads of one key/value head: each packed block of keys and values
// serves them all. An item's result depends on the item alone, so that threads may take items in any order.
#include <math.h>

#include <atomic>

#include "attention_block.h"
#include "kernel_table.h"
#include "scratch.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

constexpr int64_t kTokens = 128;    // of an item
constexpr int64_t kKeys = 128;      // of a block
constexpr int64_t kGroupRows = 24;  // rows whose scores are in work at once: they stay in the first-level cache
constexpr int64_t kMaxHeads = 4;    // of an item: its queries and outputs stay in the second-level cache
constexpr int64_t kItemsPerThread = 2;

template <class Out>
struct Problem {
  const Element *q;
  int64_t q_stride;
  const Element *k;
  int64_t k_stride;
  const Element *v;
  int64_t v_stride;
  Out *out;
  int64_t out_stride;
  float *lse;
  Visibility visibility;
  bool first;  // else out and lse are of other keys so far
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  float scale;
  int64_t item_heads;

  int64_t group() const { return heads / kv_heads; }
  int64_t items_of_group() const { return ceil_div(group(), item_heads); }
  int64_t items() const { return ceil_div(tokens, kTokens) * kv_heads * items_of_group(); }
};

// Rows of one query head.
struct HeadRows {
  RowMatrix queries;  // times scale and log2(e): exponentials are powers of two
  RowMatrix outputs;  // not divided by the sums yet
  RowMatrix sums;     // kWidth partial sums a row
  float *maxima;
};

struct Workspace {
  HeadRows heads[kMaxHeads];
  RowMatrix keys;    // [D, kKeys]
  RowMatrix values;  // [kKeys, D]
  RowMatrix scores;  // [kGroupRows, kKeys]
  float *factors;    // [kGroupRows], what the new maxima make of the old sums
};

Workspace carve(Carver &carver, int64_t heads, int64_t head_dim) {
  Workspace work;
  for (int64_t i = 0; i < heads; i++) {
    work.heads[i].queries = carver.matrix(kTokens, head_dim);
    work.heads[i].outputs = carver.matrix(kTokens, head_dim);
    work.heads[i].sums = carver.matrix(kTokens, kWidth);
    work.heads[i].maxima = carver.floats(kTokens);
  }
  work.keys = carver.matrix(head_dim, kKeys);
  work.values = carver.matrix(kKeys, head_dim);
  work.scores = carver.matrix(kGroupRows, kKeys);
  work.factors = carver.floats(kGroupRows + kWidth);
  return work;
}

// The largest visible score of each row, or -inf.
MEMO_INLINE float largest_score(const float *scores, int64_t visible) {
  Vec best = splat(-INFINITY);
  int64_t at = 0;
  for (; at + kWidth <= visible; at += kWidth) best = max(best, load(scores + at));
  if (at < visible) best = max(best, first_lanes(static_cast<int>(visible - at)) ? load(scores + at) : best);
  return largest(best);
}

// scores become 2^(scores - maximum), or 0 where not visible; `vecs` Vecs are written. The sum, lane by lane.
MEMO_INLINE Vec exponentials(float *scores, int64_t visible, int64_t vecs, float maximum) {
  Vec sum = {};
  int64_t at = 0;
  for (; at + kWidth <= visible; at += kWidth) {
    const Vec p = exp2(load(scores + at) - maximum);
    store(scores + at, p);
    sum += p;
  }
  for (; at < vecs * kWidth; at += kWidth) {
    const IntVec mask = first_lanes(static_cast<int>(larger(0, visible - at)));
    const Vec p = mask ? exp2(load(scores + at) - maximum) : Vec{};
    store(scores + at, p);
    sum += p;
  }
  return sum;
}

// The largest scores so far move from old to new: what that makes of the old sums.
void raise_maxima(const HeadRows &head, const Workspace &work, int64_t first_row, int64_t rows, const Causal &causal,
                  bool first_keys) {
  float *maxima = head.maxima + first_row;
  for (int64_t row = 0; row < rows; row++) {
    const float before = first_keys ? -INFINITY : maxima[row];
    const float found = largest_score(work.scores.row(row), causal.visible(first_row + row));
    const float now = found < before ? before : found;
    work.factors[row] = before - now;
    maxima[row] = now;
  }
  for (int64_t row = 0; row < rows; row += kWidth) store(work.factors + row, exp2(load(work.factors + row)));
}

// One block of keys for some rows of one head.
void attend(const HeadRows &head, const Workspace &work, int64_t first_row, int64_t rows, const Causal &causal,
            int64_t head_dim, bool first_keys) {
  multiply(work.scores, head.queries.from_row(first_row).as_left(), work.keys, rows, vecs_of(causal.keys), kFromZero,
           [&](int64_t row, int64_t count) {
             return Extent{vecs_of(causal.visible(first_row + row + count - 1)), 0, head_dim};
           });
  raise_maxima(head, work, first_row, rows, causal, first_keys);
  for (int64_t row = 0; row < rows; row++) {
    const int64_t strip_end = smaller(rows, (row / kTileRows + 1) * kTileRows);
    const Vec added = exponentials(work.scores.row(row), causal.visible(first_row + row),
                                   vecs_of(causal.visible(first_row + strip_end - 1)), head.maxima[first_row + row]);
    float *sums = head.sums.row(first_row + row);
    store(sums, first_keys ? added : fma(load(sums), splat(work.factors[row]), added));
  }
  const Start start = {first_keys, work.factors};
  multiply(head.outputs.from_row(first_row), work.scores.as_left(), work.values, rows, vecs_of(head_dim), start,
           [&](int64_t row, int64_t count) {
             return Extent{vecs_of(head_dim), 0, causal.visible(first_row + row + count - 1)};
           });
}

// Rows go on from what other keys have made of them, as if it came of one key that weighs as much as all those.
template <class Out>
void read_results(const Problem<Out> &p, const HeadRows &head, int64_t head_index, Range tokens) {
  const int64_t rows = tokens.end - tokens.begin;
  const float *lse = p.lse + head_index * p.tokens + tokens.begin;
  copy_rows(head.outputs, p.out + tokens.begin * p.out_stride + head_index * p.head_dim, p.out_stride, rows, p.head_dim,
            1.0f);
  for (int64_t row = 0; row < rows; row++) {
    head.maxima[row] = lse[row] * kLog2E;
    store(head.sums.row(row), Vec{});
    head.sums.row(row)[0] = lse[row] == -INFINITY ? 0.0f : 1.0f;
  }
}

template <class Out>
void write_results(const Problem<Out> &p, const HeadRows &head, int64_t head_index, Range tokens) {
  for (int64_t token = tokens.begin; token < tokens.end; token++) {
    const int64_t row = token - tokens.begin;
    const float total = sum(load(head.sums.row(row)));
    p.lse[head_index * p.tokens + token] = (head.maxima[row] + log2f(total)) * kLn2;
    Out *out = p.out + token * p.out_stride + head_index * p.head_dim;
    const float *from = head.outputs.row(row);
    const float factor = 1.0f / total;
    int64_t at = 0;
    for (; at + kWidth <= p.head_dim; at += kWidth) store(out + at, load(from + at) * factor);
    if (at < p.head_dim) store_first(out + at, load(from + at) * factor, static_cast<int>(p.head_dim - at));
  }
}

// Queries of one part, for the query heads [first_head, first_head + heads) of one key/value head.
template <class Out>
void attend_piece(const Problem<Out> &p, const Workspace &work, int64_t kv_head, int64_t first_head, int64_t heads,
                  const Part &part, Range tokens) {
  const int64_t d = p.head_dim;
  const int64_t rows = tokens.end - tokens.begin;
  const int64_t end_key = part.causal ? tokens.end : part.keys.end;
  for (int64_t i = 0; i < heads; i++) {
    copy_rows(work.heads[i].queries, p.q + tokens.begin * p.q_stride + (first_head + i) * d, p.q_stride, rows, d,
              p.scale * kLog2E);
    if (!p.first) read_results(p, work.heads[i], first_head + i, tokens);
  }
  for (int64_t key = part.keys.begin; key < end_key; key += kKeys) {
    const Causal causal = Causal::of(part, tokens.begin, key, smaller(kKeys, end_key - key));
    transpose_rows(work.keys, p.k + key * p.k_stride + kv_head * d, p.k_stride, causal.keys, d);
    copy_rows(work.values, p.v + key * p.v_stride + kv_head * d, p.v_stride, causal.keys, d, 1.0f);
    for (int64_t i = 0; i < heads; i++) {
      for (int64_t row = 0; row < rows; row += kGroupRows) {
        attend(work.heads[i], work, row, smaller(kGroupRows, rows - row), causal, d,
               p.first && key == part.keys.begin);
      }
    }
  }
  for (int64_t i = 0; i < heads; i++) write_results(p, work.heads[i], first_head + i, tokens);
}

// Items come with the last tokens first: under causality they cost most, and the cheap ones fill up the end.
template <class Out>
void run_item(const Problem<Out> &p, const Workspace &work, int64_t item) {
  const int64_t block = ceil_div(p.tokens, kTokens) - 1 - item / (p.items_of_group() * p.kv_heads);
  const int64_t kv_head = item / p.items_of_group() % p.kv_heads;
  const int64_t first = item % p.items_of_group() * p.item_heads;
  const int64_t begin = block * kTokens;
  p.visibility.for_queries({begin, smaller(begin + kTokens, p.tokens)}, [&](const Part &part, Range piece) {
    attend_piece(p, work, kv_head, kv_head * p.group() + first, smaller(p.item_heads, p.group() - first), part, piece);
  });
}

template <class Out>
void run(Problem<Out> p) {
  const int parts = num_parts(p.tokens * p.heads * p.head_dim);
  // More heads share the packing of keys and values, but not where threads would be left without an item.
  p.item_heads = ceil_div(p.group(), ceil_div(p.group(), kMaxHeads));
  if (p.items() < kItemsPerThread * parts) p.item_heads = 1;
  const int64_t items = p.items();
  Carver measure = {nullptr, 0};
  carve(measure, p.item_heads, p.head_dim);
  const int64_t part_floats = measure.used;
  float *scratch = scratch_floats(parts * part_floats);
  std::atomic<int64_t> next_item{0};
  parallel(parts, [&](int part) {
    Carver carver = {scratch + part * part_floats, 0};
    const Workspace work = carve(carver, p.item_heads, p.head_dim);
    for (int64_t item; (item = next_item.fetch_add(1, std::memory_order_relaxed)) < items;) run_item(p, work, item);
  });
}

// What comes of no key at all.
void clear_results(float *out, int64_t out_stride, float *lse, int64_t tokens, int64_t heads, int64_t width) {
  const int parts = num_parts(tokens * width);
  parallel(parts, [=](int part) {
    const Range range = range_of_part(tokens, part, parts);
    for (int64_t token = range.begin; token < range.end; token++) {
      memset(out + token * out_stride, 0, width * sizeof(float));
      for (int64_t head = 0; head < heads; head++) lse[head * tokens + token] = -INFINITY;
    }
  });
}

}  // namespace

void MEMO_TYPED(attention_forward)(const Element *q, int64_t q_stride, const Element *k, int64_t k_stride,
                                   const Element *v, int64_t v_stride, Element *out, int64_t out_stride, float *lse,
                                   const int64_t *segment_offsets, int64_t num_segments, int64_t tokens,
                                   int64_t heads, int64_t kv_heads, int64_t head_dim, float scale) {
  if (tokens == 0) return;
  const Visibility visibility(whole_sequence(tokens), {segment_offsets, num_segments});
  run(Problem<Element>{q, q_stride, k, k_stride, v, v_stride, out, out_stride, lse, visibility, true, tokens, heads,
                       kv_heads, head_dim, scale, 1});
}

void MEMO_TYPED(ring_attention_forward)(const Element *q, int64_t q_stride, const Element *k, int64_t k_stride,
                                        const Element *v, int64_t v_stride, float *out, int64_t out_stride, float *lse,
                                        int first, const int64_t *segment_offsets, int64_t num_segments,
                                        int64_t chunk_tokens, int64_t places, int64_t query_place, int64_t key_place,
                                        int64_t heads, int64_t kv_heads, int64_t head_dim, float scale) {
  const int64_t tokens = 2 * chunk_tokens;
  const Visibility visibility(place_of_ring(chunk_tokens, places, query_place),
                              place_of_ring(chunk_tokens, places, key_place), {segment_offsets, num_segments});
  // Not every query sees one of another place's keys.
  const bool cleared = first && !visibility.causal();
  if (cleared) clear_results(out, out_stride, lse, tokens, heads, heads * head_dim);
  run(Problem<float>{q, q_stride, k, k_stride, v, v_stride, out, out_stride, lse, visibility, first && !cleared,
                     tokens, heads, kv_heads, head_dim, scale, 1});
}

}  // namespace memo::MEMO_ISA
