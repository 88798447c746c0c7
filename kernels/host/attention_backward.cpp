// Flash attention, backward, in one pass over blocks of keys: the probabilities are computed again from the
// log-sum-exp, and each block's five products follow at once.
//
// An item of work is a block of keys for one key/value head, with all query heads and tokens that see it. Its dk and dv
// are sums within the item. dq is a sum over items, added up in memory in the order of the blocks: an item waits until
// the one before it has added its part to the same rows. Threads take items in that order too, so the item that is
// waited for has always been taken, and by a thread that does not wait for this one.
//
// Where storage rounds, a sum in memory would lose more with every block. Then dq has items of its own, one for each
// block of queries and head, which compute the scores' gradients once more: seven products instead of five, and still
// no memory that grows with the sequence.
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

struct Problem {
  const Element *q;
  int64_t q_stride;
  const Element *k;
  int64_t k_stride;
  const Element *v;
  int64_t v_stride;
  const Element *out;
  const Element *dout;
  int64_t out_stride;
  const float *lse;
  float *delta;
  Element *dq;
  int64_t dq_stride;
  Element *dk;
  int64_t dk_stride;
  Element *dv;
  int64_t dv_stride;
  Segments segments;
  int64_t tokens;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  float scale;
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

void compute_delta(const Problem &p, Range tokens) {
  for (int64_t token = tokens.begin; token < tokens.end; token++) {
    for (int64_t head = 0; head < p.heads; head++) {
      const int64_t at = token * p.out_stride + head * p.head_dim;
      p.delta[head * p.tokens + token] = dot(p.out + at, p.dout + at, p.head_dim);
    }
  }
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
void compute_dscores(const Problem &p, const Workspace &work, int64_t head, int64_t first_token, int64_t rows,
                     const Causal &causal) {
  const auto visible_part = [&](int64_t row, int64_t count) {
    return Extent{vecs_of(causal.visible(row + count - 1)), 0, p.head_dim};
  };
  const int64_t key_vecs = vecs_of(causal.keys);
  multiply(work.probabilities, work.queries.as_left(), work.keys_by_dim, rows, key_vecs, kFromZero, visible_part);
  multiply(work.dscores, work.douts.as_left(), work.values_by_dim, rows, key_vecs, kFromZero, visible_part);
  const int64_t statistics = head * p.tokens + first_token;
  for (int64_t row = 0; row < rows; row++) {
    const RowStatistics row_statistics = {p.scale * kLog2E, p.lse[statistics + row] * kLog2E,
                                          p.delta[statistics + row]};
    const int64_t strip_end = smaller(rows, (row / kTileRows + 1) * kTileRows);
    const int64_t reach = causal.visible(strip_end - 1) + kTileRows - 1;
    softmax_gradients(row_statistics, work.probabilities.row(row), work.dscores.row(row), causal.visible(row),
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
void write_rows(Element *to, int64_t to_stride, RowMatrix from, int64_t rows, int64_t columns, float factor, bool add) {
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t at = 0; at < columns; at += kWidth) {
      Element *target = to + row * to_stride + at;
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

// An item's keys that belong to one segment.
struct Piece {
  int64_t segment_end;
  int64_t begin;
  int64_t end;
  int64_t key_block;
  bool begins_segment;    // else the item before has added to dq for these tokens
  bool continues_beyond;  // the next item waits for this one
};

void pack_keys(const Problem &p, const Workspace &work, int64_t kv_head, int64_t first_key, int64_t keys) {
  const Element *k = p.k + first_key * p.k_stride + kv_head * p.head_dim;
  const Element *v = p.v + first_key * p.v_stride + kv_head * p.head_dim;
  transpose_rows(work.keys_by_dim, k, p.k_stride, keys, p.head_dim);
  transpose_rows(work.values_by_dim, v, p.v_stride, keys, p.head_dim);
  copy_rows(work.keys, k, p.k_stride, keys, p.head_dim, p.scale);
}

void pack_queries(const Problem &p, const Workspace &work, int64_t head, int64_t first_token, int64_t rows) {
  const int64_t column = head * p.head_dim;
  copy_rows(work.queries, p.q + first_token * p.q_stride + column, p.q_stride, rows, p.head_dim, 1.0f);
  copy_rows(work.douts, p.dout + first_token * p.out_stride + column, p.out_stride, rows, p.head_dim, 1.0f);
}

void multiply_dqueries(const Workspace &work, int64_t rows, const Causal &causal, int64_t dim_vecs, Start start) {
  multiply(work.dqueries, work.dscores.as_left(), work.keys, rows, dim_vecs, start,
           [&](int64_t row, int64_t count) { return Extent{dim_vecs, 0, causal.visible(row + count - 1)}; });
}

void write_dqueries(const Problem &p, const Workspace &work, int64_t head, int64_t first_token, int64_t rows,
                    bool add) {
  Element *dq = p.dq + first_token * p.dq_stride + head * p.head_dim;
  write_rows(dq, p.dq_stride, work.dqueries, rows, p.head_dim, 1.0f, add);
}

// The tokens [begin, end) of a block of queries, for one head.
void visit_queries(const Problem &p, const Workspace &work, const Progress &progress, const Piece &piece, int64_t head,
                   int64_t query_block, int64_t begin, int64_t end, bool first) {
  const int64_t dim_vecs = vecs_of(p.head_dim);
  const int64_t rows = end - begin;
  const Causal causal = {begin - piece.begin, piece.end - piece.begin};
  pack_queries(p, work, head, begin, rows);
  compute_dscores(p, work, head, begin, rows, causal);
  add_to_dkeys_and_dvalues(work, rows, causal, dim_vecs, first);
  if (kRounds) return;
  multiply_dqueries(work, rows, causal, dim_vecs, kFromZero);
  if (!piece.begins_segment) await(progress.at(head, query_block), static_cast<int32_t>(piece.key_block));
  write_dqueries(p, work, head, begin, rows, !piece.begins_segment);
  if (piece.continues_beyond) {
    progress.at(head, query_block).store(static_cast<int32_t>(piece.key_block + 1), std::memory_order_release);
  }
}

void visit_piece(const Problem &p, const Workspace &work, const Progress &progress, int64_t kv_head,
                 const Piece &piece) {
  const int64_t d = p.head_dim;
  const int64_t keys = piece.end - piece.begin;
  const int64_t group = p.heads / p.kv_heads;
  pack_keys(p, work, kv_head, piece.begin, keys);
  bool first = true;
  for (int64_t head = kv_head * group; head < (kv_head + 1) * group; head++) {
    for (int64_t block = piece.begin / kTokens; block * kTokens < piece.segment_end; block++) {
      const int64_t begin = larger(piece.begin, block * kTokens);
      const int64_t end = smaller(piece.segment_end, (block + 1) * kTokens);
      visit_queries(p, work, progress, piece, head, block, begin, end, first);
      first = false;
    }
  }
  write_rows(p.dk + piece.begin * p.dk_stride + kv_head * d, p.dk_stride, work.dkeys, keys, d, p.scale, false);
  write_rows(p.dv + piece.begin * p.dv_stride + kv_head * d, p.dv_stride, work.dvalues, keys, d, 1.0f, false);
}

void run_key_item(const Problem &p, const Workspace &work, const Progress &progress, int64_t item) {
  const int64_t item_keys = keys_of_item(p.head_dim);
  const int64_t key_block = item / p.kv_heads;
  const int64_t kv_head = item % p.kv_heads;
  const int64_t begin = key_block * item_keys;
  const int64_t end = smaller(begin + item_keys, p.tokens);
  for_segment_pieces(p.segments, begin, end,
                     [&](int64_t segment_begin, int64_t segment_end, int64_t piece_begin, int64_t piece_end) {
                       const Piece piece = {segment_end, piece_begin,           piece_end,
                                            key_block,   segment_begin >= begin, segment_end > end};
                       visit_piece(p, work, progress, kv_head, piece);
                     });
}

// The whole sum of dq for the tokens [begin, end) of one segment, and one head.
void sum_dqueries(const Problem &p, const Workspace &work, int64_t head, int64_t segment_begin, int64_t begin,
                  int64_t end) {
  const int64_t rows = end - begin;
  const int64_t item_keys = keys_of_item(p.head_dim);
  pack_queries(p, work, head, begin, rows);
  for (int64_t key = segment_begin; key < end; key += item_keys) {
    const Causal causal = {begin - key, smaller(item_keys, end - key)};
    pack_keys(p, work, head / (p.heads / p.kv_heads), key, causal.keys);
    compute_dscores(p, work, head, begin, rows, causal);
    multiply_dqueries(work, rows, causal, vecs_of(p.head_dim), key == segment_begin ? kFromZero : kFromOldValues);
  }
  write_dqueries(p, work, head, begin, rows, false);
}

// The last tokens, whose items cost most, come first.
void run_query_item(const Problem &p, const Workspace &work, int64_t item) {
  const int64_t block = ceil_div(p.tokens, kTokens) - 1 - item / p.heads;
  const int64_t head = item % p.heads;
  const int64_t begin = block * kTokens;
  for_segment_pieces(p.segments, begin, smaller(begin + kTokens, p.tokens),
                     [&](int64_t segment_begin, int64_t, int64_t piece_begin, int64_t piece_end) {
                       sum_dqueries(p, work, head, segment_begin, piece_begin, piece_end);
                     });
}

}  // namespace

void MEMO_TYPED(attention_backward)(const Element *q, int64_t q_stride, const Element *k, int64_t k_stride,
                                    const Element *v, int64_t v_stride, const Element *out, const Element *dout,
                                    int64_t out_stride, const float *lse, float *delta, Element *dq,
                                    int64_t dq_stride, Element *dk, int64_t dk_stride, Element *dv, int64_t dv_stride,
                                    const int64_t *segment_offsets, int64_t num_segments, int64_t tokens,
                                    int64_t heads, int64_t kv_heads, int64_t head_dim, float scale) {
  const Problem p = {q,     q_stride, k,         k_stride, v,         v_stride,
                     out,   dout,     out_stride, lse,      delta,     dq,
                     dq_stride, dk,   dk_stride, dv,       dv_stride, {segment_offsets, num_segments},
                     tokens, heads,   kv_heads,  head_dim, scale};
  const int64_t key_items = ceil_div(tokens, keys_of_item(head_dim)) * kv_heads;
  const int64_t query_items = kRounds ? ceil_div(tokens, kTokens) * heads : 0;
  const int64_t items = key_items + query_items;
  const int parts = num_parts(tokens * heads * head_dim);
  if (items == 0) return;
  Carver measure = {nullptr, 0};
  carve(measure, head_dim);
  const int64_t part_floats = measure.used;
  const int64_t counts = ceil_div(tokens, kTokens) * heads;
  float *scratch = scratch_floats(parts * part_floats + counts);
  const Progress progress = {reinterpret_cast<std::atomic<int32_t> *>(scratch + parts * part_floats), heads};
  for (int64_t i = 0; i < counts; i++) progress.counts[i].store(0, std::memory_order_relaxed);
  parallel(parts, [&](int part) { compute_delta(p, range_of_part(tokens, part, parts)); });
  std::atomic<int64_t> next_item{0};
  parallel(parts, [&](int part) {
    Carver carver = {scratch + part * part_floats, 0};
    const Workspace work = carve(carver, head_dim);
    for (int64_t item; (item = next_item.fetch_add(1, std::memory_order_relaxed)) < items;) {
      if (kRounds && item >= key_items) {
        run_query_item(p, work, item - key_items);
      } else {
        run_key_item(p, work, progress, item);
      }
    }
  });
}

}  // namespace memo::MEMO_ISA
