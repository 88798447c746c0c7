// Runs an attention on the device, between guards: what is not a result must not change.
#pragma once

#include <cuda_runtime.h>

#include "attention_case.h"
#include "check.h"

// A matrix in device memory of the case's type, with its padding and elements of a pattern around it.
class DeviceMatrix {
 public:
  DeviceMatrix(const Case &c, int64_t rows, int64_t width, const Matrix *values = nullptr)
      : bf16_(c.type == MEMO_BF16), rows_(rows), width_(width), stride_(width + c.padding), start_(kGuard + c.shift),
        elements_(2 * kGuard + c.shift + rows * stride_) {
    std::vector<unsigned char> bytes = pattern();
    if (values != nullptr) {
      for (int64_t i = 0; i < rows * width; i++) store(bytes, place(i), (*values)[i]);
    }
    CHECK_CUDA(cudaMalloc(&memory_, bytes.size()));
    CHECK_CUDA(cudaMemcpy(memory_, bytes.data(), bytes.size(), cudaMemcpyHostToDevice));
  }
  ~DeviceMatrix() { cudaFree(memory_); }
  DeviceMatrix(const DeviceMatrix &) = delete;

  void *data() const { return static_cast<char *>(memory_) + start_ * size(); }
  int64_t stride() const { return stride_; }

  std::vector<unsigned char> bytes() const {
    std::vector<unsigned char> all(elements_ * size());
    CHECK_CUDA(cudaMemcpy(all.data(), memory_, all.size(), cudaMemcpyDeviceToHost));
    return all;
  }
  bool untouched() const { return bytes() == pattern(); }

  // The values; the guards are checked.
  Matrix read() const {
    const std::vector<unsigned char> all = bytes();
    std::vector<unsigned char> guards = all;
    const std::vector<unsigned char> before = pattern();
    Matrix values(rows_ * width_);
    for (int64_t i = 0; i < rows_ * width_; i++) {
      values[i] = load(all, place(i));
      memcpy(&guards[place(i) * size()], &before[place(i) * size()], size());
    }
    CHECK(guards == before, "written beside the matrix");
    return values;
  }

 private:
  static constexpr int64_t kGuard = 64;

  int64_t size() const { return bf16_ ? 2 : 4; }
  int64_t place(int64_t i) const { return start_ + i / width_ * stride_ + i % width_; }
  // 0xFF in each byte is not a number: whoever reads it shows it.
  std::vector<unsigned char> pattern() const { return std::vector<unsigned char>(elements_ * size(), 0xFF); }
  void store(std::vector<unsigned char> &bytes, int64_t at, float x) const {
    unsigned char of_x[4];
    memcpy(of_x, &x, 4);
    memcpy(&bytes[at * size()], bf16_ ? of_x + 2 : of_x, size());
  }
  float load(const std::vector<unsigned char> &bytes, int64_t at) const {
    unsigned char of_x[4] = {};
    memcpy(bf16_ ? of_x + 2 : of_x, &bytes[at * size()], size());
    float x;
    memcpy(&x, of_x, 4);
    return x;
  }

  bool bf16_;
  int64_t rows_, width_, stride_, start_, elements_;
  void *memory_ = nullptr;
};

inline Case of_floats(const Case &c) {
  Case floats = c;
  floats.type = MEMO_F32;
  floats.padding = 0;
  return floats;
}

struct Queue {
  memo_cuda_fault *fault = nullptr;
  memo_cuda_queue queue = {};

  Queue() {
    CHECK_CUDA(cudaHostAlloc(reinterpret_cast<void **>(&fault), sizeof *fault, cudaHostAllocMapped));
    memset(fault, 0, sizeof *fault);
    void *mapped = nullptr;
    CHECK_CUDA(cudaHostGetDevicePointer(&mapped, fault, 0));
    queue.fault = static_cast<memo_cuda_fault *>(mapped);
    queue.workspace_bytes = MEMO_CUDA_WORKSPACE_BYTES;
    CHECK_CUDA(cudaMalloc(&queue.workspace, MEMO_CUDA_WORKSPACE_BYTES));
  }
  ~Queue() {
    cudaFree(queue.workspace);
    cudaFreeHost(fault);
  }
};

// All matrices of a case on the device.
struct Run {
  const Case &c;
  DeviceMatrix q, k, v, out, dout, lse, delta, dq, dk, dv;
  int64_t *offsets = nullptr;
  Queue queue;

  Run(const Case &c, const Inputs &in)
      : c(c), q(c, c.tokens, c.q_width(), &in.q), k(c, c.tokens, c.kv_width(), &in.k),
        v(c, c.tokens, c.kv_width(), &in.v), out(c, c.tokens, c.q_width()), dout(c, c.tokens, c.q_width(), &in.dout),
        lse(of_floats(c), c.heads, c.tokens), delta(of_floats(c), c.heads, c.tokens), dq(c, c.tokens, c.q_width()),
        dk(c, c.tokens, c.kv_width()), dv(c, c.tokens, c.kv_width()) {
    const size_t bytes = c.segment_offsets.size() * sizeof(int64_t);
    CHECK_CUDA(cudaMalloc(reinterpret_cast<void **>(&offsets), bytes));
    CHECK_CUDA(cudaMemcpy(offsets, c.segment_offsets.data(), bytes, cudaMemcpyHostToDevice));
  }
  ~Run() { cudaFree(offsets); }

  void forward() {
    const int status = memo_flash_attention_forward(
        c.type, q.data(), q.stride(), k.data(), k.stride(), v.data(), v.stride(), out.data(), out.stride(),
        static_cast<float *>(lse.data()), offsets, c.num_segments(), c.tokens, c.heads, c.kv_heads, c.head_dim,
        c.scale(), &queue.queue);
    CHECK(status == MEMO_OK, "%s: %s", c.name().c_str(), memo_flash_last_error());
    CHECK_CUDA(cudaDeviceSynchronize());
  }
  void backward() {
    const int status = memo_flash_attention_backward(
        c.type, q.data(), q.stride(), k.data(), k.stride(), v.data(), v.stride(), out.data(), dout.data(),
        out.stride(), static_cast<const float *>(lse.data()), static_cast<float *>(delta.data()), dq.data(),
        dq.stride(), dk.data(), dk.stride(), dv.data(), dv.stride(), offsets, c.num_segments(), c.tokens, c.heads,
        c.kv_heads, c.head_dim, c.scale(), &queue.queue);
    CHECK(status == MEMO_OK, "%s: %s", c.name().c_str(), memo_flash_last_error());
    CHECK_CUDA(cudaDeviceSynchronize());
  }
  void both() {
    forward();
    backward();
    CHECK(queue.fault->code == MEMO_CUDA_FAULT_NONE, "%s", c.name().c_str());
  }
  // Of all results, to compare runs.
  std::vector<std::vector<unsigned char>> bits() const {
    return {out.bytes(), lse.bytes(), dq.bytes(), dk.bytes(), dv.bytes()};
  }
};
