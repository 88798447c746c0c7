// Heads between ranks, and columns: every copy of a head, in both types, at aligned and other addresses.
#include "device_arrays.h"

namespace {

// Copies of heads by the ranks' heads; `whole` as the ABI takes it.
struct Exchange {
  std::string name;
  int64_t heads;
  int64_t ranks;
  int64_t local_heads;
  std::vector<int32_t> whole;
};

// Each rank with its own heads, as far as there are any.
Exchange disjoint(int64_t heads, int64_t ranks, int64_t local_heads) {
  Exchange e{"disjoint", heads, ranks, local_heads, {}};
  for (int64_t i = 0; i < ranks * local_heads; i++) e.whole.push_back(static_cast<int32_t>(i < heads ? i : -1));
  return e;
}

// Any head anywhere, some of them nowhere, and copies of none between.
Exchange random_copies(int64_t heads, int64_t ranks, int64_t local_heads, uint64_t seed) {
  Exchange e{"random", heads, ranks, local_heads, {}};
  for (double head : Random(seed).integers(ranks * local_heads, -1, heads)) {
    e.whole.push_back(static_cast<int32_t>(head));
  }
  return e;
}

double rounded_sum(int type, double a, double b) {
  const double sum = static_cast<double>(static_cast<float>(a) + static_cast<float>(b));
  return type == MEMO_BF16 ? from_bf16(bf16_of(sum)) : sum;
}

class Rows {
 public:
  Rows(int type, const Exchange &e, int64_t head_dim, int64_t tokens, int64_t own_rank, int64_t offset)
      : type_(type),
        e_(e),
        head_dim_(head_dim),
        tokens_(tokens),
        own_rank_(own_rank),
        local_(tokens * e.local_heads * head_dim),
        stride_(local_ + 2 * kGap),
        rows_(type, Random(1).normals(tokens * e.heads * head_dim), offset),
        packed_(type, Random(2).normals(e.ranks * stride_), offset),
        own_(type, Random(3).normals(local_), offset) {}

  void are_packed(const Queue &queue) {
    CHECK(memo_cuda_pack_heads(type_, rows_.data(), e_.heads, packed_.data(), stride_, own_rank_, own(),
                               e_.whole.data(), e_.ranks, e_.local_heads, head_dim_, tokens_, queue) == MEMO_OK);
    Values packed = packed_.initial();
    Values own = own_.initial();
    const Values rows = rows_.initial();
    for_each_copy([&](int64_t rank, int64_t at, int64_t to, int32_t whole) {
      (rank == own_rank_ ? own[at] : packed[rank * stride_ + at]) = whole < 0 ? 0 : rows[to];
    });
    CHECK(packed_.now() == packed && own_.now() == own);
    CHECK(rows_.unchanged());
  }

  void are_unpacked(const Queue &queue) {
    packed_.reset();
    own_.reset();
    CHECK(memo_cuda_unpack_heads(type_, packed_.data(), stride_, own_rank_, own(), rows_.data(), e_.heads,
                                 e_.whole.data(), e_.ranks, e_.local_heads, head_dim_, tokens_, queue) == MEMO_OK);
    const Values packed = packed_.initial();
    const Values own = own_.initial();
    Values rows = rows_.initial();
    std::vector<bool> written(rows.size());
    for_each_copy([&](int64_t rank, int64_t at, int64_t to, int32_t whole) {
      if (whole < 0) return;
      const double copy = rank == own_rank_ ? own[at] : packed[rank * stride_ + at];
      rows[to] = written[to] ? rounded_sum(type_, rows[to], copy) : copy;
      written[to] = true;
    });
    CHECK(rows_.now() == rows);
    CHECK(packed_.unchanged() && own_.unchanged());
  }

 private:
  static constexpr int64_t kGap = 8;

  void *own() const { return own_rank_ < 0 ? nullptr : own_.data(); }

  // visit(rank, place in the rank's rows, place in the rows of all heads, whole head)
  template <class Visit>
  void for_each_copy(Visit visit) const {
    for (int64_t rank = 0; rank < e_.ranks; rank++) {
      for (int64_t head = 0; head < e_.local_heads; head++) {
        const int32_t whole = e_.whole[static_cast<size_t>(rank * e_.local_heads + head)];
        for (int64_t token = 0; token < tokens_; token++) {
          for (int64_t d = 0; d < head_dim_; d++) {
            visit(rank, (token * e_.local_heads + head) * head_dim_ + d, (token * e_.heads + whole) * head_dim_ + d,
                  whole);
          }
        }
      }
    }
  }

  int type_;
  const Exchange &e_;
  int64_t head_dim_, tokens_, own_rank_, local_, stride_;
  DeviceArray rows_, packed_, own_;
};

void heads_go_to_ranks_and_come_back(int type, int64_t offset, const Queue &queue) {
  // The last have more copies than a launch takes, of one head and of several.
  const Exchange exchanges[] = {disjoint(6, 3, 2),
                                disjoint(5, 3, 2),
                                disjoint(3, 1, 3),
                                random_copies(5, 4, 3, 7),
                                random_copies(1, 300, 1, 8),
                                random_copies(40, 50, 12, 9)};
  for (const Exchange &e : exchanges) {
    for (int64_t head_dim : {8, 5, 64}) {
      const bool large = e.ranks * e.local_heads > 100;
      const int64_t tokens = large ? 3 : 37;
      if (large && head_dim == 64) continue;
      for (int64_t own_rank : {int64_t{-1}, int64_t{0}, e.ranks - 1}) {
        Rows rows(type, e, head_dim, tokens, own_rank, offset);
        rows.are_packed(queue);
        rows.are_unpacked(queue);
      }
    }
  }
}

void no_tokens_are_no_work(const Queue &queue) {
  const Exchange e = disjoint(2, 2, 1);
  Rows rows(MEMO_F32, e, 4, 0, 1, 0);
  rows.are_packed(queue);
  rows.are_unpacked(queue);
}

void wrong_exchanges_are_refused(const Queue &queue) {
  const DeviceArray x(MEMO_F32, Values(64, 1));
  const std::vector<int32_t> whole = {0, 1, 2, 0};
  const auto pack = [&](int64_t heads, int64_t own_rank, void *own, int64_t local_heads) {
    return memo_cuda_pack_heads(MEMO_F32, x.data(), heads, x.data(), 16, own_rank, own, whole.data(), 2, local_heads, 4,
                                2, queue) == MEMO_OK;
  };
  CHECK(!pack(2, -1, nullptr, 2));
  CHECK(strcmp(memo_cuda_last_error(), "memo_cuda_pack_heads: whole_heads[2]=2, must be at least -1 and below 2") == 0);
  CHECK(!pack(3, 2, x.data(), 2));
  CHECK(strcmp(memo_cuda_last_error(), "memo_cuda_pack_heads: own_rank=2, must be less than ranks=2") == 0);
  CHECK(!pack(3, 1, nullptr, 2) && !pack(3, -2, x.data(), 2) && !pack(3, -1, nullptr, 0));
  CHECK(x.unchanged());
}

void columns_are_copied(int type, int source_type, int64_t offset, const Shape &shape, const Queue &queue) {
  const int64_t source_stride = shape.cols + 8;
  const int64_t target_stride = shape.cols + 16;
  const DeviceArray source(source_type, Random(4).normals(shape.rows * source_stride), offset);
  const DeviceArray target(type, Random(5).normals(shape.rows * target_stride), offset);
  CHECK(memo_cuda_copy_columns(type, source_type, source.data(), source_stride, target.data(), target_stride,
                               shape.rows, shape.cols, queue) == MEMO_OK);
  Values expected = target.initial();
  const Values from = source.initial();
  for (int64_t row = 0; row < shape.rows; row++) {
    for (int64_t col = 0; col < shape.cols; col++) {
      const double value = from[static_cast<size_t>(row * source_stride + col)];
      expected[static_cast<size_t>(row * target_stride + col)] = type == MEMO_BF16 ? from_bf16(bf16_of(value)) : value;
    }
  }
  CHECK(target.now() == expected);
  CHECK(source.unchanged());
}

void wrong_columns_are_refused(const Queue &queue) {
  const DeviceArray x(MEMO_F32, Values(64, 1));
  CHECK(memo_cuda_copy_columns(MEMO_F32, MEMO_BF16, x.data(), 8, x.data(), 8, 2, 8, queue) == MEMO_INVALID_ARGUMENT);
  CHECK(memo_cuda_copy_columns(MEMO_F32, MEMO_F32, x.data(), 7, x.data(), 8, 2, 8, queue) == MEMO_INVALID_ARGUMENT);
  CHECK(memo_cuda_copy_columns(MEMO_F32, MEMO_F32, x.data(), 8, x.data(), 7, 2, 8, queue) == MEMO_INVALID_ARGUMENT);
  CHECK(x.unchanged());
}

}  // namespace

int main() {
  const Queue queue;
  for_types_and_offsets([&](int type, int64_t offset, const std::string &) {
    heads_go_to_ranks_and_come_back(type, offset, queue);
    for (const Shape &shape : {Shape{7, 40}, Shape{129, 33}, Shape{0, 8}, Shape{5, 0}, Shape{3, 4096}}) {
      columns_are_copied(type, type, offset, shape, queue);
      columns_are_copied(type, MEMO_F32, offset, shape, queue);
    }
  });
  no_tokens_are_no_work(queue);
  wrong_exchanges_are_refused(queue);
  wrong_columns_are_refused(queue);
  CHECK(queue.fault().code == MEMO_CUDA_FAULT_NONE);
  puts("heads_test passed");
}
