// Elements beyond the first 2^31: rows of huge matrices of which only a few pages are ever touched. Under the emulation
// only, since a GPU would need all of the memory.
#include <sys/mman.h>

#include "device_arrays.h"

namespace {

// Zeroed memory that kernels may use and that takes pages when touched.
class HugeArray {
 public:
  explicit HugeArray(int64_t bytes) : bytes_(static_cast<size_t>(bytes)) {
    memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    CHECK(memory_ != MAP_FAILED);
    CHECK_CUDA(cudaHostRegister(memory_, bytes_, cudaHostRegisterMapped));
  }
  ~HugeArray() {
    cudaHostUnregister(memory_);
    munmap(memory_, bytes_);
  }
  HugeArray(const HugeArray &) = delete;
  HugeArray &operator=(const HugeArray &) = delete;
  template <class T>
  T *data() const {
    return static_cast<T *>(memory_);
  }

 private:
  size_t bytes_;
  void *memory_;
};

constexpr int64_t kCols = 3000;
constexpr int64_t kTableRows = 1500000;  // * kCols = 4.5e9 elements

void rows_far_down_the_table_are_found(const Queue &queue) {
  const HugeArray table(kTableRows * kCols * 2);
  const int64_t last = (kTableRows - 1) * kCols;
  for (int64_t c = 0; c < kCols; c++) table.data<uint16_t>()[last + c] = bf16_of(static_cast<double>(c));
  const DeviceArray id(kI32, {0, kTableRows - 1});
  const DeviceArray y(MEMO_BF16, Values(2 * kCols, 55));
  CHECK(memo_cuda_embedding_forward(MEMO_BF16, table.data<void>(), id.data<int32_t>(), y.data(), 2, kCols, kTableRows,
                                    0, queue) == MEMO_OK);
  const Values rows = y.now();
  for (int64_t c = 0; c < kCols; c++) {
    CHECK(rows[c] == 0);
    CHECK(rows[kCols + c] == rounded(MEMO_BF16, static_cast<double>(c)));
  }
}

void rows_far_down_the_table_get_their_gradient(const Queue &queue) {
  const HugeArray dtable(kTableRows * kCols * 4);
  const DeviceArray id(kI32, {kTableRows - 1, 7, kTableRows - 1});
  Values ones(3 * kCols, 1);
  ones[0] = 5;
  const DeviceArray dy(MEMO_BF16, ones);
  CHECK(memo_cuda_embedding_backward(MEMO_BF16, dy.data(), id.data<int32_t>(), dtable.data<float>(), 3, kCols,
                                     kTableRows, -1, queue) == MEMO_OK);
  CHECK_CUDA(cudaDeviceSynchronize());
  const float *last = dtable.data<float>() + (kTableRows - 1) * kCols;
  CHECK(last[0] == 6 && last[1] == 2 && last[kCols - 1] == 2 && dtable.data<float>()[7 * kCols] == 1);
}

void rows_far_apart_are_rotated(const Queue &queue) {
  constexpr int64_t kStride = (int64_t{1} << 31) + 8;
  const HugeArray x(2 * kStride * 2);
  uint16_t *second = x.data<uint16_t>() + kStride;
  for (int64_t d = 0; d < 16; d++) second[d] = bf16_of(1);
  const DeviceArray position(kI32, {0, 1});
  Values cosines(16, 1), sines(16, 0);  // two positions: the second turns by 90 degrees
  for (int64_t d = 8; d < 16; d++) {
    cosines[d] = 0;
    sines[d] = 1;
  }
  const DeviceArray cosine(MEMO_F32, cosines), sine(MEMO_F32, sines);
  CHECK(memo_cuda_rotary(MEMO_BF16, x.data<void>(), kStride, position.data<int32_t>(), cosine.data<float>(),
                         sine.data<float>(), 2, 1, 16, 0, queue) == MEMO_OK);
  CHECK_CUDA(cudaDeviceSynchronize());
  for (int64_t d = 0; d < 16; d++) CHECK(from_bf16(second[d]) == (d < 8 ? -1 : 1));
}

}  // namespace

int main() {
  const Queue queue;
  rows_far_down_the_table_are_found(queue);
  rows_far_down_the_table_get_their_gradient(queue);
  rows_far_apart_are_rotated(queue);
  CHECK(queue.fault().code == MEMO_CUDA_FAULT_NONE);
  puts("indices_test passed");
}
