// Heads on their way between ranks: rows of all heads against the rows of each rank's heads.
#include <algorithm>
#include <vector>

#include "rows.cuh"

namespace memo::cuda {
namespace {

// Of a launch: its tables are arguments of the kernel, which must not exceed 4 KiB.
constexpr int kMostHeads = 256;

// A head of a rank, by its number among those of all ranks: rank * local_heads + local head.
template <class T>
struct RankRows {
  T *packed;
  int64_t packed_stride;
  int64_t own_rank;
  T *own;
  int64_t local_heads;
  int64_t head_dim;

  // Of the first token.
  __device__ T *head(int64_t number) const {
    const int64_t rank = number / local_heads;
    T *rows = rank == own_rank ? own : packed + rank * packed_stride;
    return rows + (number - rank * local_heads) * head_dim;
  }
  __device__ int64_t stride() const { return local_heads * head_dim; }
};

// A row's columns are here the elements of the ranks' heads from `first` on.
template <class T>
struct PackHeads : RowsOperation {
  const T *rows;
  int64_t row_stride;
  RankRows<T> ranks;
  int64_t first;
  int32_t whole_heads[kMostHeads];

  struct Column {
    const T *from;  // null: of no head
    T *to;
  };
  __device__ Column column(int64_t col) const {
    const int64_t head = col / ranks.head_dim;
    const int64_t at = col - head * ranks.head_dim;
    const int64_t whole = whole_heads[head];
    return {whole < 0 ? nullptr : rows + whole * ranks.head_dim + at, ranks.head(first + head) + at};
  }

  template <int W>
  __device__ Pack<T, W> load(int64_t row, const Column &col) const {
    if (col.from == nullptr) return {};
    return memo::cuda::load<W>(col.from + row * row_stride);
  }
  template <int W>
  __device__ void finish(const Pack<T, W> &pack, int64_t row, const Column &col) const {
    store(col.to + row * ranks.stride(), pack);
  }
};

// A row's columns are here the elements of the whole heads that `heads` lists.
template <class T>
struct UnpackHeads : RowsOperation {
  T *rows;
  int64_t row_stride;
  RankRows<const T> ranks;
  bool continues;              // the first head has a sum already: of the copies that an earlier launch had
  int32_t heads[kMostHeads];   // ascending
  int16_t ends[kMostHeads];    // where the head's copies end, and the next one's begin
  int32_t copies[kMostHeads];  // of the heads, by their numbers

  struct Column {
    T *to;
    const T *first;  // copy, or what is there
    int64_t first_stride;
    int64_t at;
    int copy;  // the next
    int end;
  };
  __device__ Column column(int64_t col) const {
    const int64_t head = col / ranks.head_dim;
    const int64_t at = col - head * ranks.head_dim;
    T *to = rows + heads[head] * ranks.head_dim + at;
    const int copy = head == 0 ? 0 : ends[head - 1];
    if (continues && head == 0) return {to, to, row_stride, at, copy, ends[0]};
    return {to, ranks.head(copies[copy]) + at, ranks.stride(), at, copy + 1, ends[head]};
  }

  template <int W>
  __device__ Pack<T, W> load(int64_t row, const Column &col) const {
    return memo::cuda::load<W>(col.first + row * col.first_stride);
  }
  template <int W>
  __device__ void finish(Pack<T, W> sum, int64_t row, const Column &col) const {
    for (int copy = col.copy; copy < col.end; copy++) {
      const T *from = ranks.head(copies[copy]) + col.at + row * ranks.stride();
      Floats<W> floats = widen(sum);
      const Floats<W> added = widen(memo::cuda::load<W>(from));
#pragma unroll
      for (int i = 0; i < W; i++) floats.v[i] += added.v[i];
      sum = narrow<T>(floats);
    }
    store(col.to + row * row_stride, sum);
  }
};

struct Exchange {
  int64_t heads;
  const int32_t *whole_heads;
  int64_t ranks;
  int64_t local_heads;
  int64_t head_dim;
  int64_t tokens;

  int64_t of_ranks() const { return ranks * local_heads; }
};

void require_exchange(const Exchange &e, int64_t packed_stride, int64_t own_rank, const void *own) {
  require_pointers({{"whole_heads", e.whole_heads}});
  require_at_least({"ranks", e.ranks}, 1);
  require_at_least({"packed_stride", packed_stride}, 0);
  require_matrix({"heads", e.heads}, {"head_dim", e.head_dim});
  require_matrix({"local_heads", e.local_heads}, {"head_dim", e.head_dim});
  require_at_least({"heads", e.heads}, 1);
  require_at_least({"local_heads", e.local_heads}, 1);
  require_matrix({"tokens", e.tokens}, {"row", e.heads * e.head_dim});
  require_matrix({"tokens", e.tokens}, {"local row", e.local_heads * e.head_dim});
  require_matrix({"ranks", e.ranks}, {"local row", e.local_heads * e.head_dim});
  require_matrix({"ranks", e.ranks}, {"packed_stride", std::max<int64_t>(packed_stride, 1)});
  require_at_least({"own_rank", own_rank}, -1);
  if (own_rank >= e.ranks) {
    throw Failure(MEMO_INVALID_ARGUMENT, "own_rank=%lld, must be less than ranks=%lld",
                  static_cast<long long>(own_rank), static_cast<long long>(e.ranks));
  }
  if (own_rank >= 0) require_pointers({MEMO_POINTER(own)});
  require_ids("whole_heads", e.whole_heads, e.of_ranks(), -1, e.heads);
}

template <class T>
bool is_wide(const Exchange &e, const void *rows, const void *packed, int64_t packed_stride, int64_t own_rank,
             const void *own) {
  return wide(rows, packed) && (own_rank < 0 || wide(own)) && packed_stride % kWide<T> == 0 &&
         e.head_dim % kWide<T> == 0;
}

template <class T>
void pack_heads(const Exchange &e, PackHeads<T> op, bool wide, const memo_cuda_queue *queue) {
  for (op.first = 0; op.first < e.of_ranks(); op.first += kMostHeads) {
    const int64_t heads = std::min<int64_t>(kMostHeads, e.of_ranks() - op.first);
    std::copy_n(e.whole_heads + op.first, heads, op.whole_heads);
    run_rows<kWide<T>, 4>(op, e.tokens, heads * e.head_dim, wide, queue);
  }
}

// A type of this file, so that what the standard library makes for it is not exported.
struct Copy {
  int32_t number;  // among the local heads of all ranks
  int32_t whole_head;
};

template <class T>
void unpack_heads(const Exchange &e, UnpackHeads<T> op, bool wide, const memo_cuda_queue *queue) {
  std::vector<Copy> copies;
  for (int64_t number = 0; number < e.of_ranks(); number++) {
    if (e.whole_heads[number] >= 0) copies.push_back({static_cast<int32_t>(number), e.whole_heads[number]});
  }
  std::stable_sort(copies.begin(), copies.end(),
                   [](const Copy &a, const Copy &b) { return a.whole_head < b.whole_head; });
  const int64_t all = static_cast<int64_t>(copies.size());
  for (int64_t first = 0; first < all; first += kMostHeads) {
    op.continues = first > 0 && copies[first].whole_head == copies[first - 1].whole_head;
    int64_t heads = 0;
    for (int64_t i = 0; i < kMostHeads && first + i < all; i++) {
      const Copy copy = copies[first + i];
      if (heads == 0 || op.heads[heads - 1] != copy.whole_head) op.heads[heads++] = copy.whole_head;
      op.copies[i] = copy.number;
      op.ends[heads - 1] = static_cast<int16_t>(i + 1);
    }
    run_rows<kWide<T>, 4>(op, e.tokens, heads * e.head_dim, wide, queue);
  }
}

}  // namespace
}  // namespace memo::cuda

using namespace memo;
using namespace memo::cuda;

int memo_cuda_pack_heads(int type, const void *rows, int64_t heads, void *packed, int64_t packed_stride,
                         int64_t own_rank, void *own, const int32_t *whole_heads, int64_t ranks, int64_t local_heads,
                         int64_t head_dim, int64_t tokens, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    const Exchange e{heads, whole_heads, ranks, local_heads, head_dim, tokens};
    require_pointers({MEMO_POINTER(rows), MEMO_POINTER(packed)});
    require_exchange(e, packed_stride, own_rank, own);
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      PackHeads<T> op{};
      op.rows = static_cast<const T *>(rows);
      op.row_stride = heads * head_dim;
      op.ranks = {static_cast<T *>(packed), packed_stride, own_rank, static_cast<T *>(own), local_heads, head_dim};
      pack_heads(e, op, is_wide<T>(e, rows, packed, packed_stride, own_rank, own), queue);
    });
  });
}

int memo_cuda_unpack_heads(int type, const void *packed, int64_t packed_stride, int64_t own_rank, const void *own,
                           void *rows, int64_t heads, const int32_t *whole_heads, int64_t ranks, int64_t local_heads,
                           int64_t head_dim, int64_t tokens, const memo_cuda_queue *queue) {
  return guarded(__func__, [=] {
    const Exchange e{heads, whole_heads, ranks, local_heads, head_dim, tokens};
    require_pointers({MEMO_POINTER(packed), MEMO_POINTER(rows)});
    require_exchange(e, packed_stride, own_rank, own);
    require_queue(queue);
    with_type(type, [=](auto *typed) {
      using T = std::remove_pointer_t<decltype(typed)>;
      UnpackHeads<T> op{};
      op.rows = static_cast<T *>(rows);
      op.row_stride = heads * head_dim;
      op.ranks = {static_cast<const T *>(packed), packed_stride, own_rank, static_cast<const T *>(own), local_heads,
                  head_dim};
      unpack_heads(e, op, is_wide<T>(e, rows, packed, packed_stride, own_rank, own), queue);
    });
  });
}
