// What the kernels' tests share: arrays on the device with guards around them, a queue, and the comparison with
// references in f64. The programs use the runtime's and the kernels' C functions only: they run under the CUDA
// emulation, and on a GPU with its libraries (LD_LIBRARY_PATH).
#pragma once

#include <cuda_runtime_api.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "memo_cuda.h"

#define CHECK(condition)                                                                             \
  do {                                                                                               \
    if (!(condition)) {                                                                              \
      fprintf(stderr, "%s:%d: not true: %s; last error: %s\n", __FILE__, __LINE__, #condition,       \
              memo_cuda_last_error());                                                               \
      exit(1);                                                                                       \
    }                                                                                                \
  } while (0)
#define CHECK_CUDA(call) CHECK((call) == cudaSuccess)

using Values = std::vector<double>;

constexpr int kI32 = 100;  // beside MEMO_F32 and MEMO_BF16
constexpr int kF64 = 101;
constexpr int kI64 = 102;

inline size_t size_of(int type) { return type == MEMO_BF16 ? 2 : type == kF64 || type == kI64 ? 8 : 4; }

inline uint16_t bf16_of(double value) {
  const float single = static_cast<float>(value);
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  if (std::isnan(single)) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

inline double from_bf16(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float single;
  memcpy(&single, &wide, sizeof single);
  return single;
}

inline void encode(int type, double value, unsigned char *to) {
  if (type == MEMO_F32) {
    const float single = static_cast<float>(value);
    memcpy(to, &single, sizeof single);
  } else if (type == MEMO_BF16) {
    const uint16_t bits = bf16_of(value);
    memcpy(to, &bits, sizeof bits);
  } else if (type == kI32) {
    const int32_t whole = static_cast<int32_t>(value);
    memcpy(to, &whole, sizeof whole);
  } else if (type == kI64) {
    const int64_t whole = static_cast<int64_t>(value);
    memcpy(to, &whole, sizeof whole);
  } else {
    memcpy(to, &value, sizeof value);
  }
}

inline double decode(int type, const unsigned char *from) {
  if (type == MEMO_F32) {
    float single;
    memcpy(&single, from, sizeof single);
    return single;
  }
  if (type == MEMO_BF16) {
    uint16_t bits;
    memcpy(&bits, from, sizeof bits);
    return from_bf16(bits);
  }
  if (type == kI32) {
    int32_t whole;
    memcpy(&whole, from, sizeof whole);
    return whole;
  }
  if (type == kI64) {
    int64_t whole;
    memcpy(&whole, from, sizeof whole);
    return static_cast<double>(whole);
  }
  double value;
  memcpy(&value, from, sizeof value);
  return value;
}

inline double rounded(int type, double value) {
  unsigned char bytes[8];
  encode(type, value, bytes);
  return decode(type, bytes);
}

// Values of a type in device memory, `offset` elements behind an address aligned to 256 bytes, with guards around them.
class DeviceArray {
 public:
  DeviceArray(int type, const Values &values, int64_t offset = 0)
      : type_(type), n_(values.size()), first_byte_(kGuardBytes + offset * size_of(type)) {
    bytes_.assign(first_byte_ + n_ * size_of(type) + kGuardBytes, kGuard);
    for (size_t i = 0; i < n_; i++) encode(type, values[i], &bytes_[first_byte_ + i * size_of(type)]);
    CHECK_CUDA(cudaMalloc(&memory_, bytes_.size()));
    CHECK_CUDA(cudaMemcpy(memory_, bytes_.data(), bytes_.size(), cudaMemcpyHostToDevice));
  }
  ~DeviceArray() { cudaFree(memory_); }
  DeviceArray(const DeviceArray &) = delete;
  DeviceArray &operator=(const DeviceArray &) = delete;

  template <class T = void>
  T *data() const {
    return reinterpret_cast<T *>(static_cast<unsigned char *>(memory_) + first_byte_);
  }
  int type() const { return type_; }

  // What it was made of, as rounded to the type.
  Values initial() const { return decoded(bytes_); }

  // What it is now. The guards must be as they were.
  Values now() const {
    const std::vector<unsigned char> bytes = bytes_now();
    for (size_t i = 0; i < bytes.size(); i++) {
      if (i == first_byte_) i += n_ * size_of(type_);
      CHECK(bytes[i] == kGuard);
    }
    return decoded(bytes);
  }

  std::vector<unsigned char> bytes_now() const {
    std::vector<unsigned char> bytes(bytes_.size());
    CHECK_CUDA(cudaDeviceSynchronize());
    CHECK_CUDA(cudaMemcpy(bytes.data(), memory_, bytes.size(), cudaMemcpyDeviceToHost));
    return bytes;
  }

  bool unchanged() const { return bytes_now() == bytes_; }
  void reset() { CHECK_CUDA(cudaMemcpy(memory_, bytes_.data(), bytes_.size(), cudaMemcpyHostToDevice)); }

 private:
  static constexpr unsigned char kGuard = 0xA5;
  static constexpr size_t kGuardBytes = 256;

  Values decoded(const std::vector<unsigned char> &bytes) const {
    Values values(n_);
    for (size_t i = 0; i < n_; i++) values[i] = decode(type_, &bytes[first_byte_ + i * size_of(type_)]);
    return values;
  }

  int type_;
  size_t n_;
  size_t first_byte_;
  std::vector<unsigned char> bytes_;
  void *memory_ = nullptr;
};

class Queue {
 public:
  Queue() {
    CHECK_CUDA(cudaStreamCreate(&stream_));
    CHECK_CUDA(cudaMalloc(&queue_.workspace, MEMO_CUDA_WORKSPACE_BYTES));
    CHECK_CUDA(cudaMemset(queue_.workspace, 0xFF, MEMO_CUDA_WORKSPACE_BYTES));  // NaNs: nothing is zero at first
    queue_.workspace_bytes = MEMO_CUDA_WORKSPACE_BYTES;
    void *fault = nullptr;
    CHECK_CUDA(cudaHostAlloc(&fault, sizeof(memo_cuda_fault), cudaHostAllocMapped));
    queue_.fault = static_cast<memo_cuda_fault *>(fault);
    memset(queue_.fault, 0, sizeof(memo_cuda_fault));
    queue_.stream = stream_;
  }
  ~Queue() {
    cudaStreamDestroy(stream_);
    cudaFree(queue_.workspace);
    cudaFreeHost(queue_.fault);
  }
  operator const memo_cuda_queue *() const { return &queue_; }
  memo_cuda_queue copy() const { return queue_; }

  // After all work.
  memo_cuda_fault fault() const {
    CHECK_CUDA(cudaDeviceSynchronize());
    return *queue_.fault;
  }
  void clear_fault() { queue_.fault->code = MEMO_CUDA_FAULT_NONE; }

 private:
  cudaStream_t stream_ = nullptr;
  memo_cuda_queue queue_ = {};
};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  Values normals(int64_t n, double deviation = 1) {
    std::normal_distribution<double> distribution(0, deviation);
    Values values(static_cast<size_t>(n));
    for (double &value : values) value = distribution(engine_);
    return values;
  }
  Values integers(int64_t n, int64_t begin, int64_t end) {
    std::uniform_int_distribution<int64_t> distribution(begin, end - 1);
    Values values(static_cast<size_t>(n));
    for (double &value : values) value = static_cast<double>(distribution(engine_));
    return values;
  }

 private:
  std::mt19937_64 engine_;
};

// Each value within tolerance + relative * |expected|, where `relative` is what rounding to the type and a few
// operations in f32 may cost. NaN equals NaN.
inline void check_close(const std::string &what, int type, const Values &actual, const Values &expected,
                        double tolerance) {
  const double relative = type == MEMO_BF16 ? 1.0 / 200 : 1e-5;
  CHECK(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); i++) {
    if (std::isnan(expected[i]) ? std::isnan(actual[i])
                                : fabs(actual[i] - expected[i]) <= tolerance + relative * fabs(expected[i])) {
      continue;
    }
    fprintf(stderr, "%s: [%zu] is %.9g, not %.9g\n", what.c_str(), i, actual[i], expected[i]);
    exit(1);
  }
}

inline double sum_of(const Values &values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum;
}

struct Shape {
  int64_t rows;
  int64_t cols;
};

// Calls test(type, offset of elements, text) for both types, aligned and not.
template <class Test>
void for_types_and_offsets(Test test) {
  for (int type : {MEMO_F32, MEMO_BF16}) {
    for (int64_t offset : {0, 1, 5}) {
      test(type, offset,
           std::string(type == MEMO_F32 ? "f32" : "bf16") + " at element " + std::to_string(offset) + " ");
    }
  }
}

inline std::string text_of(const Shape &shape) {
  return "[" + std::to_string(shape.rows) + ", " + std::to_string(shape.cols) + "]";
}
