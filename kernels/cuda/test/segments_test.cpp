// Segments for ragged batches: where they begin and how long they are; offsets that are none leave nothing to do.
#include "device_arrays.h"

namespace {

constexpr int64_t kQkvRow = 6144;
constexpr int64_t kOutRow = 4096;

struct Batch {
  explicit Batch(int64_t segments)
      : segments(segments),
        token_starts(kI64, Values(static_cast<size_t>(segments + 1), -7)),
        qkv_starts(kI64, Values(static_cast<size_t>(segments + 1), -7)),
        out_starts(kI64, Values(static_cast<size_t>(segments + 1), -7)),
        lengths(kI32, Values(static_cast<size_t>(segments), -7)) {}

  void fill(const DeviceArray &offsets, int64_t count, int64_t tokens, int kernel, const Queue &queue) const {
    CHECK(memo_cuda_ragged_segments(offsets.data<int64_t>(), count, tokens, kQkvRow, kOutRow, segments,
                                    token_starts.data<int64_t>(), qkv_starts.data<int64_t>(),
                                    out_starts.data<int64_t>(), lengths.data<int32_t>(), kernel, queue) == MEMO_OK);
  }
  void check_starts(const Values &expected) const {
    CHECK(token_starts.now() == expected);
    CHECK(qkv_starts.now() == times(expected, kQkvRow));
    CHECK(out_starts.now() == times(expected, kOutRow));
  }

  static Values times(Values values, int64_t factor) {
    for (double &value : values) value *= static_cast<double>(factor);
    return values;
  }

  int64_t segments;
  DeviceArray token_starts, qkv_starts, out_starts, lengths;
};

// Offsets of `count` segments, of which some are empty; the last offset is the number of tokens.
Values ascending(int64_t count, uint64_t seed) {
  Values offsets = {0};
  for (double length : Random(seed).integers(count, 0, 9)) {
    offsets.push_back(offsets.back() + (length > 6 ? 0 : length * 1000));
  }
  return offsets;
}

void segments_are_followed_by_empty_ones(int64_t count, int64_t padded, const Queue &queue) {
  const Values offsets = ascending(count, static_cast<uint64_t>(count));
  const DeviceArray on_device(kI64, offsets);
  const Batch batch(padded);
  batch.fill(on_device, count, static_cast<int64_t>(offsets.back()), MEMO_CUDA_KERNEL_ATTENTION_FORWARD, queue);
  Values starts = offsets;
  starts.resize(static_cast<size_t>(padded + 1), offsets.back());
  Values lengths(static_cast<size_t>(padded));
  for (size_t i = 0; i < lengths.size(); i++) lengths[i] = starts[i + 1] - starts[i];
  batch.check_starts(starts);
  CHECK(batch.lengths.now() == lengths);
  CHECK(on_device.unchanged() && queue.fault().code == MEMO_CUDA_FAULT_NONE);
}

void bad_offsets_leave_no_tokens(const Values &offsets, int64_t tokens, int64_t bad, Queue &queue) {
  const DeviceArray on_device(kI64, offsets);
  const int64_t count = static_cast<int64_t>(offsets.size()) - 1;
  const Batch batch(count + 3);
  batch.fill(on_device, count, tokens, MEMO_CUDA_KERNEL_ATTENTION_BACKWARD, queue);
  const memo_cuda_fault fault = queue.fault();
  CHECK(fault.code == MEMO_CUDA_FAULT_SEGMENTS && fault.kernel == MEMO_CUDA_KERNEL_ATTENTION_BACKWARD);
  CHECK(fault.index == bad && fault.value == static_cast<int64_t>(offsets[static_cast<size_t>(bad)]));
  batch.check_starts(Values(static_cast<size_t>(count + 4), 0));
  CHECK(batch.lengths.now() == Values(static_cast<size_t>(count + 3), 0));
  queue.clear_fault();
}

void arguments_are_checked(const Queue &queue) {
  const DeviceArray offsets(kI64, {0, 5});
  const Batch batch(8);
  const auto refused = [&](int64_t count, int64_t tokens, int64_t padded, int kernel) {
    return memo_cuda_ragged_segments(offsets.data<int64_t>(), count, tokens, kQkvRow, kOutRow, padded,
                                     batch.token_starts.data<int64_t>(), batch.qkv_starts.data<int64_t>(),
                                     batch.out_starts.data<int64_t>(), batch.lengths.data<int32_t>(), kernel,
                                     queue) == MEMO_INVALID_ARGUMENT;
  };
  CHECK(refused(0, 5, 8, MEMO_CUDA_KERNEL_ATTENTION_FORWARD));
  CHECK(refused(9, 5, 8, MEMO_CUDA_KERNEL_ATTENTION_FORWARD));
  CHECK(refused(1, -1, 8, MEMO_CUDA_KERNEL_ATTENTION_FORWARD));
  CHECK(refused(1, int64_t{1} << 31, 8, MEMO_CUDA_KERNEL_ATTENTION_FORWARD));  // lengths are i32
  CHECK(refused(1, 5, 8, MEMO_CUDA_KERNEL_ROTARY));
  CHECK(batch.token_starts.unchanged() && batch.lengths.unchanged());
}

}  // namespace

int main() {
  Queue queue;
  for (int64_t count : {1, 2, 7, 1023, 1024, 3000}) {
    segments_are_followed_by_empty_ones(count, count, queue);
    segments_are_followed_by_empty_ones(count, count + 1100, queue);
  }
  segments_are_followed_by_empty_ones(3, 8, queue);
  bad_offsets_leave_no_tokens({1, 4, 9}, 9, 0, queue);
  bad_offsets_leave_no_tokens({0, 4, 3, 9, 8, 9}, 9, 2, queue);
  bad_offsets_leave_no_tokens({0, 4, 8}, 9, 2, queue);
  Values many = ascending(2500, 3);
  many[1500] = -1;
  bad_offsets_leave_no_tokens(many, static_cast<int64_t>(many.back()), 1500, queue);
  arguments_are_checked(queue);
  puts("segments_test passed");
}
