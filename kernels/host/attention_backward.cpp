// Flash attention, backward, in one pass over blocks of keys: the probabilities are computed again from the
// log-sum-exp, and each block's five products follow at once.
//
// An item of work is a block of keys for one key/value head, with all query heads and tokens that see it. Its dk and dv
// are sums within the item. dq is a sum over items, added up in memory in the order of the blocks: an item waits until
// the one before it has added its part to the same rows. Threads take items in that order too, so the item that is
// waited for has always been taken, and by a thread that does not wait for this one.
//
// Where dq is stored rounded, a sum in memory would lose more with every block. Then dq has items of its own, one for
// each block of queries and head, which compute the scores' gradients once more: seven products instead of five, and
// still no memory that grows with the sequence. A ring's gradients are floats, which each of its blocks adds to.
#include <math.h>
#include <sched.h>

#include <atomic>

#include "attention_block.h"
#include "kernel_table.h"
#include "scratch.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

constexpr int64_t kTokens = 64;    // of a block of queries
constexpr int64_t kMaxKeys = 128;  // of an item
constexpr int kSpinsBeforeYield = 200;

struct Inputs {
  const Element *q;
  int64_t q_stride;
  const Element *k;
  int64_t k_stride;
  const Element *v;
  int64_t v_stride;
  const Element *dout;
  int64_t dout_stride;
  const float *lse;
  const float *delta;
  Visibility visibility;
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  float scale;
};

template <class Gradient>
struct Problem : Inputs {
  static constexpr bool rounds = sizeof(Gradient) < sizeof(float);

  Gradient *dq;
  int64_t dq_stride;
  Gradient *dk;
  int64_t dk_stride;
  Gradient *dv;
  int64_t dv_stride;
  bool add;  // to the gradients, which else are written
};

struct Workspace {
  RowMatrix keys_by_dim;    // [D, keys]
  RowMatrix values_by_dim;  // [D, keys]
  RowMatrix keys;           // [keys, D], times scale
  RowMatrix dkeys;          // [keys, D], to be multiplied by scale
  RowMatrix dvalues;        // [keys, D]
  RowMatrix queries;        // [kTokens, D]
  RowMatrix douts;          // [kTokens, D]
  RowMatrix probabilities;  // [kTokens, keys], first the scores
  RowMatrix dscores;        // [kTokens, keys], first the probabilities' gradients
  RowMatrix dqueries;       // [kTokens, D]
};

// How far dq has come: for each head and block of queries, the number of blocks of keys whose parts were added.
struct Progress {
  std::atomic<int32_t> *counts;
  int64_t heads;

  std::atomic<int32_t> &at(int64_t head, int64_t query_block) const { return counts[query_block * heads + head]; }
};

// Larger heads have fewer keys to an item, so that its matrices stay in the second-level cache.
int64_t keys_of_item(int64_t head_dim) { return head_dim <= 128 ? kMaxKeys : kMaxKeys / 2; }

Workspace carve(Carver &carver, int64_t head_dim) {
  const int64_t keys = keys_of_item(head_dim);
  Workspace work;
  work.keys_by_dim = carver.matrix(head_dim, keys);
  work.values_by_dim = carver.matrix(head_dim, keys);
  work.keys = carver.matrix(keys, head_dim);
  work.dkeys = carver.matrix(keys, head_dim);
  work.dvalues = carver.matrix(keys, head_dim);
  work.queries = carver.matrix(kTokens, head_dim);
  work.douts = carver.matrix(kTokens, head_dim);
  work.probabilities = carver.matrix(kTokens, keys);
  work.dscores = carver.matrix(kTokens, keys);
  work.dqueries = carver.matrix(kTokens, head_dim);
  return work;
}

struct RowStatistics {
  float score_factor;  // scale * log2(e)
  float log2_sum;
  float delta;
};

struct Pair {
  Vec probability;
  Vec dscore;
};

MEMO_INLINE Pair softmax_gradient(const RowStatistics &row, Vec score, Vec dprobability) {
  const Vec p = exp2(fma(score, splat(row.score_factor), splat(-row.log2_sum)));
  return {p, p * (dprobability - row.delta)};
}

// The scores and the probabilities' gradients become the probabilities and the scores' gradients, 0 where not visible.
// `vecs` Vecs are written.
MEMO_INLINE void softmax_gradients(const RowStatistics &row, float *scores, float *dprobabilities, int64_t visible,
                                   int64_t vecs) {
  int64_t at = 0;
  for (; at + kWidth <= visible; at += kWidth) {
    const Pair pair = softmax_gradient(row, load(scores + at), load(dprobabilities + at));
    store(scores + at, pair.probability);
    store(dprobabilities + at, pair.dscore);
  }
  for (; at < vecs * kWidth; at += kWidth) {
    const IntVec mask = first_lanes(static_cast<int>(larger(0, visible - at)));
    const Pair pair = softmax_gradient(row, load(scores + at), load(dprobabilities + at));
    store(scores + at, mask ? pair.probability : Vec{});
    store(dprobabilities + at, mask ? pair.dscore : Vec{});
  }
}

// Fills probabilities and dscores. A strip of rows has its columns up to the last that it sees, and zeros in as many
// more as a strip of keys that begins there may reach to.
void compute_dscores(const Inputs &p, const Workspace &work, int64_t head, int64_t first_token, int64_t rows,
                     const Causal &causal) {
  const auto visible_part = [&](int64_t row, int64_t count) {
    return Extent{vecs_of(causal.visible(row + count - 1)), 0, p.head_dim};
  };
  const int64_t key_vecs = vecs_of(causal.keys);
  multiply(work.probabilities, work.queries.as_left(), work.keys_by_dim, rows, key_vecs, kFromZero, visible_part);
  multiply(work.dscores, work.douts.as_left(), work.values_by_dim, rows, key_vecs, kFromZero, visible_part);
  const int64_t statistics = head * p.tokens + first_token;
  for (int64_t row = 0; row < rows; row++) {
    const float lse = p.lse[statistics + row];
    const RowStatistics row_statistics = {p.scale * kLog2E, lse * kLog2E, p.delta[statistics + row]};
    const int64_t visible = lse == -INFINITY ? 0 : causal.visible(row);  // a row that no key had a part in
    const int64_t strip_end = smaller(rows, (row / kTileRows + 1) * kTileRows);
    const int64_t reach = causal.visible(strip_end - 1) + kTileRows - 1;
    softmax_gradients(row_statistics, work.probabilities.row(row), work.dscores.row(row), visible,
                      smaller(key_vecs, vecs_of(reach)));
  }
}

void add_to_dkeys_and_dvalues(const Workspace &work, int64_t rows, const Causal &causal, int64_t dim_vecs, bool first) {
  const Start start = first ? kFromZero : kFromOldValues;
  const auto rows_that_see = [&](int64_t key, int64_t) {
    return Extent{dim_vecs, smaller(rows, causal.first_row_seeing(key)), rows};
  };
  multiply(work.dvalues, work.probabilities.as_left_transposed(), work.douts, causal.keys, dim_vecs, start,
           rows_that_see);
  multiply(work.dkeys, work.dscores.as_left_transposed(), work.queries, causal.keys, dim_vecs, start, rows_that_see);
}

void await(const std::atomic<int32_t> &count, int32_t wanted) {
  for (int spins = 0; count.load(std::memory_order_acquire) != wanted; spins++) {
    if (spins >= kSpinsBeforeYield) sched_yield();
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

// to = from * factor, or to += from * factor
template <class Gradient>
void write_rows(Gradient *to, int64_t to_stride, RowMatrix from, int64_t rows, int64_t columns, float factor,
                bool add) {
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t at = 0; at < columns; at += kWidth) {
      Gradient *target = to + row * to_stride + at;
      const int count = static_cast<int>(smaller(kWidth, columns - at));
      const Vec value = load(from.row(row) + at) * factor;
      if (count == kWidth) {
        store(target, add ? load(target) + value : value);
      } else {
        store_first(target, add ? load_first(target, count) + value : value, count);
      }
    }
  }
}

// An item's keys that belong to one part.
struct Piece {
  Part part;
  Range keys;
  int64_t key_block;
  bool begins_part;       // else the item before has added to dq for these tokens
  bool continues_beyond;  // the next item waits for this one
};

void pack_keys(const Inputs &p, const Workspace &work, int64_t kv_head, int64_t first_key, int64_t keys) {
  const Element *k = p.k + first_key * p.k_stride + kv_head * p.head_dim;
  const Element *v = p.v + first_key * p.v_stride + kv_head * p.head_dim;
  transpose_rows(work.keys_by_dim, k, p.k_stride, keys, p.head_dim);
  transpose_rows(work.values_by_dim, v, p.v_stride, keys, p.head_dim);
  copy_rows(work.keys, k, p.k_stride, keys, p.head_dim, p.scale);
}

void pack_queries(const Inputs &p, const Workspace &work, int64_t head, Range tokens) {
  const int64_t column = head * p.head_dim;
  const int64_t rows = tokens.end - tokens.begin;
  copy_rows(work.queries, p.q + tokens.begin * p.q_stride + column, p.q_stride, rows, p.head_dim, 1.0f);
  copy_rows(work.douts, p.dout + tokens.begin * p.dout_stride + column, p.dout_stride, rows, p.head_dim, 1.0f);
}

void multiply_dqueries(const Workspace &work, int64_t rows, const Causal &causal, int64_t dim_vecs, Start start) {
  multiply(work.dqueries, work.dscores.as_left(), work.keys, rows, dim_vecs, start,
           [&](int64_t row, int64_t count) { return Extent{dim_vecs, 0, causal.visible(row + count - 1)}; });
}

template <class Gradient>
void write_dqueries(const Problem<Gradient> &p, const Workspace &work, int64_t head, Range tokens, bool add) {
  Gradient *dq = p.dq + tokens.begin * p.dq_stride + head * p.head_dim;
  write_rows(dq, p.dq_stride, work.dqueries, tokens.end - tokens.begin, p.head_dim, 1.0f, add);
}

// The queries of a block that see the piece, for one head.
template <class Gradient>
void visit_queries(const Problem<Gradient> &p, const Workspace &work, const Progress &progress, const Piece &piece,
                   int64_t head, int64_t query_block, Range tokens, bool first) {
  const int64_t dim_vecs = vecs_of(p.head_dim);
  const int64_t rows = tokens.end - tokens.begin;
  const Causal causal = Causal::of(piece.part, tokens.begin, piece.keys.begin, piece.keys.end - piece.keys.begin);
  pack_queries(p, work, head, tokens);
  compute_dscores(p, work, head, tokens.begin, rows, causal);
  add_to_dkeys_and_dvalues(work, rows, causal, dim_vecs, first);
  if (p.rounds) return;
  multiply_dqueries(work, rows, causal, dim_vecs, kFromZero);
  if (!piece.begins_part) await(progress.at(head, query_block), static_cast<int32_t>(piece.key_block));
  write_dqueries(p, work, head, tokens, p.add || !piece.begins_part);
  if (piece.continues_beyond) {
    progress.at(head, query_block).store(static_cast<int32_t>(piece.key_block + 1), std::memory_order_release);
  }
}

template <class Gradient>
void visit_piece(const Problem<Gradient> &p, const Workspace &work, const Progress &progress, int64_t kv_head,
                 const Piece &piece) {
  const int64_t d = p.head_dim;
  const int64_t keys = piece.keys.end - piece.keys.begin;
  const int64_t group = p.heads / p.kv_heads;
  const Range queries = {piece.part.causal ? piece.keys.begin : piece.part.queries.begin, piece.part.queries.end};
  pack_keys(p, work, kv_head, piece.keys.begin, keys);
  bool first = true;
  for (int64_t head = kv_head * group; head < (kv_head + 1) * group; head++) {
    for (int64_t block = queries.begin / kTokens; block * kTokens < queries.end; block++) {
      const Range tokens = {larger(queries.begin, block * kTokens), smaller(queries.end, (block + 1) * kTokens)};
      visit_queries(p, work, progress, piece, head, block, tokens, first);
      first = false;
    }
  }
  write_rows(p.dk + piece.keys.begin * p.dk_stride + kv_head * d, p.dk_stride, work.dkeys, keys, d, p.scale, p.add);
  write_rows(p.dv + piece.keys.begin * p.dv_stride + kv_head * d, p.dv_stride, work.dvalues, keys, d, 1.0f, p.add);
}

template <class Gradient>
void run_key_item(const Problem<Gradient> &p, const Workspace &work, const Progress &progress, int64_t item) {
  const int64_t item_keys = keys_of_item(p.head_dim);
  const int64_t key_block = item / p.kv_heads;
  const int64_t kv_head = item % p.kv_heads;
  const int64_t begin = key_block * item_keys;
  const int64_t end = smaller(begin + item_keys, p.tokens);
  p.visibility.for_keys({begin, end}, [&](const Part &part, Range keys) {
    visit_piece(p, work, progress, kv_head, {part, keys, key_block, part.keys.begin >= begin, part.keys.end > end});
  });
}

// The whole sum of dq for queries of one part, and one head.
template <class Gradient>
void sum_dqueries(const Problem<Gradient> &p, const Workspace &work, int64_t head, const Part &part, Range tokens) {
  const int64_t rows = tokens.end - tokens.begin;
  const int64_t item_keys = keys_of_item(p.head_dim);
  const int64_t end_key = part.causal ? tokens.end : part.keys.end;
  pack_queries(p, work, head, tokens);
  for (int64_t key = part.keys.begin; key < end_key; key += item_keys) {
    const Causal causal = Causal::of(part, tokens.begin, key, smaller(item_keys, end_key - key));
    pack_keys(p, work, head / (p.heads / p.kv_heads), key, causal.keys);
    compute_dscores(p, work, head, tokens.begin, rows, causal);
    multiply_dqueries(work, rows, causal, vecs_of(p.head_dim), key == part.keys.begin ? kFromZero : kFromOldValues);
  }
  write_dqueries(p, work, head, tokens, p.add);
}

// The last tokens, whose items cost most, come first.
template <class Gradient>
void run_query_item(const Problem<Gradient> &p, const Workspace &work, int64_t item) {
  const int64_t block = ceil_div(p.tokens, kTokens) - 1 - item / p.heads;
  const int64_t head = item % p.heads;
  const int64_t begin = block * kTokens;
  p.visibility.for_queries({begin, smaller(begin + kTokens, p.tokens)},
                           [&](const Part &part, Range tokens) { sum_dqueries(p, work, head, part, tokens); });
}

template <class Gradient>
void run(const Problem<Gradient> &p) {
  const int64_t key_items = ceil_div(p.tokens, keys_of_item(p.head_dim)) * p.kv_heads;
  const int64_t query_items = p.rounds ? ceil_div(p.tokens, kTokens) * p.heads : 0;
  const int64_t items = key_items + query_items;
  const int parts = num_parts(p.tokens * p.heads * p.head_dim);
  Carver measure = {nullptr, 0};
  carve(measure, p.head_dim);
  const int64_t part_floats = measure.used;
  const int64_t counts = ceil_div(p.tokens, kTokens) * p.heads;
  float *scratch = scratch_floats(parts * part_floats + counts);
  const Progress progress = {reinterpret_cast<std::atomic<int32_t> *>(scratch + parts * part_floats), p.heads};
  for (int64_t i = 0; i < counts; i++) progress.counts[i].store(0, std::memory_order_relaxed);
  std::atomic<int64_t> next_item{0};
  parallel(parts, [&](int part) {
    Carver carver = {scratch + part * part_floats, 0};
    const Workspace work = carve(carver, p.head_dim);
    for (int64_t item; (item = next_item.fetch_add(1, std::memory_order_relaxed)) < items;) {
      if (p.rounds && item >= key_items) {
        run_query_item(p, work, item - key_items);
      } else {
        run_key_item(p, work, progress, item);
      }
    }
  });
}

}  // namespace

void MEMO_TYPED(attention_backward)(const Element *q, int64_t q_stride, const Element *k, int64_t k_stride,
                                    const Element *v, int64_t v_stride, const Element *out, const Element *dout,
                                    int64_t out_stride, const float *lse, float *delta, Element *dq,
                                    int64_t dq_stride, Element *dk, int64_t dk_stride, Element *dv, int64_t dv_stride,
                                    const int64_t *segment_offsets, int64_t num_segments, int64_t tokens,
                                    int64_t heads, int64_t kv_heads, int64_t head_dim, float scale) {
  if (tokens == 0) return;
  MEMO_TYPED(attention_delta)(out, dout, out_stride, delta, tokens, heads, head_dim);
  const Visibility visibility(whole_sequence(tokens), {segment_offsets, num_segments});
  run(Problem<Element>{{q, q_stride, k, k_stride, v, v_stride, dout, out_stride, lse, delta, visibility, tokens, heads,
                        kv_heads, head_dim, scale},
                       dq, dq_stride, dk, dk_stride, dv, dv_stride, false});
}

void MEMO_TYPED(ring_attention_backward)(const Element *q, int64_t q_stride, const Element *k, int64_t k_stride,
                                         const Element *v, int64_t v_stride, const Element *dout, int64_t dout_stride,
                                         const float *lse, const float *delta, float *dq, int64_t dq_stride, float *dk,
                                         int64_t dk_stride, float *dv, int64_t dv_stride,
                                         const int64_t *segment_offsets, int64_t num_segments, int64_t chunk_tokens,
                                         int64_t places, int64_t query_place, int64_t key_place, int64_t heads,
                                         int64_t kv_heads, int64_t head_dim, float scale) {
  const Visibility visibility(place_of_ring(chunk_tokens, places, query_place),
                              place_of_ring(chunk_tokens, places, key_place), {segment_offsets, num_segments});
  run(Problem<float>{{q, q_stride, k, k_stride, v, v_stride, dout, dout_stride, lse, delta, visibility,
                      2 * chunk_tokens, heads, kv_heads, head_dim, scale},
                     dq, dq_stride, dk, dk_stride, dv, dv_stride, true});
}

}  // namespace memo::MEMO_ISA
