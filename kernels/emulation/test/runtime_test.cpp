// The emulated runtime: memory, streams, events, graphs and errors.
#include <math.h>
#include <string.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "check.h"
#include "launch.cuh"

using memo::cuda::launch;

namespace {

cudaStream_t new_stream() {
  cudaStream_t stream = nullptr;
  CHECK_CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  return stream;
}

cudaEvent_t new_event(unsigned int flags = cudaEventDisableTiming) {
  cudaEvent_t event = nullptr;
  CHECK_CUDA(cudaEventCreateWithFlags(&event, flags));
  return event;
}

template <class T>
T *on_device(size_t n) {
  T *address = nullptr;
  CHECK_CUDA(cudaMalloc(&address, n * sizeof(T)));
  return address;
}

// A stream's work stands still behind this until it is opened.
struct Gate {
  std::atomic<bool> open{false};

  void close(cudaStream_t stream) {
    CHECK_CUDA(cudaLaunchHostFunc(
        stream,
        [](void *gate) {
          while (!static_cast<Gate *>(gate)->open) std::this_thread::yield();
        },
        this));
  }
};

#define CHECK_ERROR(call, error) CHECK_EQUAL(static_cast<int>(call), static_cast<int>(error))

void memory_is_counted_and_starts_as_garbage() {
  size_t free_before = 0, free_after = 0, total = 0;
  CHECK_CUDA(cudaMemGetInfo(&free_before, &total));
  float *device = on_device<float>(1000);
  CHECK_CUDA(cudaMemGetInfo(&free_after, &total));
  CHECK_EQUAL(free_before - free_after, size_t{4096});
  float host[1000];
  CHECK_CUDA(cudaMemcpy(host, device, sizeof(host), cudaMemcpyDeviceToHost));
  for (float each : host) CHECK(isnan(each));
  CHECK_CUDA(cudaFree(device));
  CHECK_CUDA(cudaMemGetInfo(&free_after, &total));
  CHECK_EQUAL(free_after, free_before);
  void *none = nullptr;
  CHECK_ERROR(cudaMalloc(&none, total + 1), cudaErrorMemoryAllocation);
  CHECK_ERROR(cudaGetLastError(), cudaErrorMemoryAllocation);
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  CHECK_ERROR(cudaFree(device), cudaErrorInvalidValue);
}

void copies_are_checked() {
  char *device = on_device<char>(100);
  char host[200] = {};
  CHECK_ERROR(cudaMemcpy(device, host, 101, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_ERROR(cudaMemcpy(device + 50, host, 51, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_ERROR(cudaMemcpy(host, device, 10, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_ERROR(cudaMemcpy(device, host, 10, static_cast<cudaMemcpyKind>(9)), cudaErrorInvalidMemcpyDirection);
  CHECK_ERROR(cudaMemset(device, 0, 101), cudaErrorInvalidValue);
  CHECK_CUDA(cudaMemcpy(device, host, 100, cudaMemcpyDefault));
  char *pinned_memory = pinned<char>(50);
  CHECK_ERROR(cudaMemcpy(pinned_memory, device, 51, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
  CHECK_CUDA(cudaMemcpy(pinned_memory, device, 50, cudaMemcpyDeviceToHost));
  CHECK_CUDA(cudaFree(device));
  CHECK_ERROR(cudaMemcpy(device, host, 10, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
  CHECK_CUDA(cudaFreeHost(pinned_memory));
  memo_emulation_forget_failures();
}

void a_copy_from_pinned_memory_reads_it_when_it_runs() {
  cudaStream_t stream = new_stream();
  int *device = on_device<int>(1), *source = pinned<int>(1);
  int from_heap = 1;
  Gate gate;
  gate.close(stream);
  *source = 1;
  CHECK_CUDA(cudaMemcpyAsync(device, source, 4, cudaMemcpyHostToDevice, stream));
  *source = 2;
  gate.open = true;
  int result = 0;
  CHECK_CUDA(cudaStreamSynchronize(stream));
  CHECK_CUDA(cudaMemcpy(&result, device, 4, cudaMemcpyDeviceToHost));
  CHECK_EQUAL(result, 2);
  // Pageable memory is read before the call returns.
  Gate second;
  second.close(stream);
  CHECK_CUDA(cudaMemcpyAsync(device, &from_heap, 4, cudaMemcpyHostToDevice, stream));
  from_heap = 5;
  second.open = true;
  CHECK_CUDA(cudaStreamSynchronize(stream));
  CHECK_CUDA(cudaMemcpy(&result, device, 4, cudaMemcpyDeviceToHost));
  CHECK_EQUAL(result, 1);
  CHECK_CUDA(cudaStreamDestroy(stream));
}

void events_order_streams_and_say_when_they_were_reached() {
  cudaStream_t first = new_stream(), second = new_stream();
  cudaEvent_t event = new_event();
  int *value = pinned<int>(2);
  value[0] = 0;
  Gate gate;
  CHECK_CUDA(cudaEventQuery(event));
  gate.close(first);
  CHECK_CUDA(cudaMemsetAsync(value, 1, 4, first));
  CHECK_CUDA(cudaEventRecord(event, first));
  CHECK_CUDA(cudaStreamWaitEvent(second, event, 0));
  CHECK_CUDA(cudaMemcpyAsync(value + 1, value, 4, cudaMemcpyHostToHost, second));
  CHECK_ERROR(cudaEventQuery(event), cudaErrorNotReady);
  CHECK_ERROR(cudaStreamQuery(second), cudaErrorNotReady);
  CHECK_ERROR(cudaGetLastError(), cudaSuccess);
  gate.open = true;
  CHECK_CUDA(cudaStreamSynchronize(second));
  CHECK_CUDA(cudaEventQuery(event));
  CHECK_EQUAL(value[1], 0x01010101);
  CHECK_CUDA(cudaStreamDestroy(first));
  CHECK_CUDA(cudaStreamDestroy(second));
  CHECK_CUDA(cudaEventDestroy(event));
  CHECK_ERROR(cudaEventDestroy(event), cudaErrorInvalidResourceHandle);
  CHECK_ERROR(cudaStreamSynchronize(first), cudaErrorInvalidResourceHandle);
  memo_emulation_forget_failures();
}

void events_with_timing_measure() {
  cudaStream_t stream = new_stream();
  cudaEvent_t start = new_event(cudaEventDefault), end = new_event(cudaEventDefault), untimed = new_event();
  float milliseconds = -1;
  CHECK_ERROR(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorInvalidResourceHandle);
  CHECK_CUDA(cudaEventRecord(start, stream));
  CHECK_CUDA(cudaLaunchHostFunc(
      stream, [](void *) { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }, nullptr));
  CHECK_CUDA(cudaEventRecord(end, stream));
  CHECK_CUDA(cudaEventRecord(untimed, stream));
  CHECK_CUDA(cudaEventSynchronize(untimed));
  CHECK_CUDA(cudaEventElapsedTime(&milliseconds, start, end));
  CHECK(milliseconds >= 4);
  CHECK_ERROR(cudaEventElapsedTime(&milliseconds, start, untimed), cudaErrorInvalidResourceHandle);
  CHECK_CUDA(cudaStreamDestroy(stream));
  memo_emulation_forget_failures();
}

void the_legacy_stream_waits_for_blocking_streams() {
  cudaStream_t blocking = nullptr;
  CHECK_CUDA(cudaStreamCreate(&blocking));
  int *value = pinned<int>(1);
  *value = 0;
  Gate gate;
  gate.close(blocking);
  CHECK_CUDA(cudaMemsetAsync(value, 1, 4, blocking));
  CHECK_CUDA(cudaMemsetAsync(value, 2, 4, nullptr));
  CHECK_CUDA(cudaMemsetAsync(value, 3, 4, blocking));
  gate.open = true;
  CHECK_CUDA(cudaStreamSynchronize(blocking));
  CHECK_EQUAL(*value, 0x03030303);
  CHECK_CUDA(cudaStreamDestroy(blocking));
}

void registered_memory_is_known() {
  std::vector<char> memory(10000);
  void *device = nullptr;
  CHECK_CUDA(cudaHostRegister(memory.data(), memory.size(), cudaHostRegisterDefault));
  CHECK_ERROR(cudaHostRegister(memory.data() + 100, 10, 0), cudaErrorHostMemoryAlreadyRegistered);
  CHECK_CUDA(cudaHostGetDevicePointer(&device, memory.data() + 5, 0));
  CHECK(device == memory.data() + 5);
  cudaPointerAttributes attributes;
  CHECK_CUDA(cudaPointerGetAttributes(&attributes, memory.data() + 9999));
  CHECK_EQUAL(static_cast<int>(attributes.type), static_cast<int>(cudaMemoryTypeHost));
  CHECK_CUDA(cudaHostUnregister(memory.data()));
  CHECK_ERROR(cudaHostUnregister(memory.data()), cudaErrorHostMemoryNotRegistered);
  CHECK_CUDA(cudaPointerGetAttributes(&attributes, memory.data()));
  CHECK_EQUAL(static_cast<int>(attributes.type), static_cast<int>(cudaMemoryTypeUnregistered));
  memo_emulation_forget_failures();
}

__global__ void add(int *value, int summand) { *value += summand; }
__global__ void multiply(int *value, int factor) { *value *= factor; }

// Forks: `value` is changed on one stream, `other` on another, and both are joined.
cudaGraph_t capture(cudaStream_t stream, cudaStream_t side, int *value, int *other, int summand) {
  cudaEvent_t fork = new_event(), join = new_event();
  cudaGraph_t graph = nullptr;
  cudaStreamCaptureStatus status;
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  CHECK_CUDA(cudaStreamIsCapturing(stream, &status));
  CHECK_EQUAL(static_cast<int>(status), static_cast<int>(cudaStreamCaptureStatusActive));
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, stream, value, summand));
  CHECK_CUDA(cudaEventRecord(fork, stream));
  CHECK_CUDA(cudaStreamWaitEvent(side, fork, 0));
  CHECK_CUDA(launch(multiply, dim3(1), dim3(1), 0, stream, value, 3));
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, side, other, 1));
  CHECK_CUDA(cudaEventRecord(join, side));
  CHECK_CUDA(cudaStreamWaitEvent(stream, join, 0));
  CHECK_CUDA(cudaMemcpyAsync(other + 1, other, 4, cudaMemcpyHostToHost, stream));
  CHECK_CUDA(cudaStreamEndCapture(stream, &graph));
  CHECK_CUDA(cudaStreamIsCapturing(side, &status));
  CHECK_EQUAL(static_cast<int>(status), static_cast<int>(cudaStreamCaptureStatusNone));
  CHECK_CUDA(cudaEventDestroy(fork));
  CHECK_CUDA(cudaEventDestroy(join));
  return graph;
}

void graphs_do_what_was_captured_each_time() {
  cudaStream_t stream = new_stream(), side = new_stream();
  int *values = pinned<int>(3);
  memset(values, 0, 12);
  cudaGraph_t graph = capture(stream, side, values, values + 1, 2);
  CHECK_EQUAL(values[0], 0);
  size_t count = 0;
  CHECK_CUDA(cudaGraphGetNodes(graph, nullptr, &count));
  CHECK_EQUAL(count, size_t{4});
  cudaGraphExec_t exec = nullptr;
  CHECK_CUDA(cudaGraphInstantiate(&exec, graph, 0));
  CHECK_CUDA(cudaGraphDestroy(graph));
  CHECK_CUDA(cudaGraphUpload(exec, stream));
  for (int i = 0; i < 2; i++) CHECK_CUDA(cudaGraphLaunch(exec, stream));
  CHECK_CUDA(cudaStreamSynchronize(stream));
  CHECK_EQUAL(values[0], (2 * 3 + 2) * 3);
  CHECK_EQUAL(values[2], 2);
  // The same shape with another argument replaces it; another shape does not.
  graph = capture(stream, side, values, values + 1, 10);
  cudaGraphExecUpdateResultInfo result;
  CHECK_CUDA(cudaGraphExecUpdate(exec, graph, &result));
  CHECK_CUDA(cudaGraphDestroy(graph));
  values[0] = 0;
  CHECK_CUDA(cudaGraphLaunch(exec, stream));
  CHECK_CUDA(cudaStreamSynchronize(stream));
  CHECK_EQUAL(values[0], 30);
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  CHECK_CUDA(cudaMemsetAsync(values, 0, 4, stream));
  CHECK_CUDA(cudaStreamEndCapture(stream, &graph));
  CHECK_ERROR(cudaGraphExecUpdate(exec, graph, &result), cudaErrorGraphExecUpdateFailure);
  CHECK_EQUAL(static_cast<int>(result.result), static_cast<int>(cudaGraphExecUpdateErrorTopologyChanged));
  CHECK_CUDA(cudaGraphDestroy(graph));
  CHECK_CUDA(cudaGraphExecDestroy(exec));
  CHECK_CUDA(cudaStreamDestroy(stream));
  CHECK_CUDA(cudaStreamDestroy(side));
  memo_emulation_forget_failures();
}

void a_capture_refuses_what_it_cannot_hold() {
  cudaStream_t stream = new_stream(), side = new_stream();
  cudaEvent_t before = new_event(), fork = new_event();
  cudaGraph_t graph = nullptr;
  int *value = pinned<int>(1);
  *value = 0;
  CHECK_CUDA(cudaEventRecord(before, side));
  // Waiting for the capturing stream.
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  CHECK_ERROR(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
  CHECK_ERROR(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  CHECK(graph == nullptr);
  // Allocating.
  void *memory = nullptr;
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  CHECK_ERROR(cudaMalloc(&memory, 16), cudaErrorStreamCaptureUnsupported);
  CHECK_ERROR(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  // Depending on work outside it.
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  CHECK_ERROR(cudaStreamWaitEvent(stream, before, 0), cudaErrorStreamCaptureIsolation);
  CHECK_ERROR(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  // Leaving work of another stream unjoined.
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  CHECK_CUDA(cudaEventRecord(fork, stream));
  CHECK_CUDA(cudaStreamWaitEvent(side, fork, 0));
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, side, value, 1));
  CHECK_ERROR(cudaEventSynchronize(fork), cudaErrorCapturedEvent);
  CHECK_ERROR(cudaStreamEndCapture(side, &graph), cudaErrorStreamCaptureUnmatched);
  CHECK_ERROR(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
  CHECK_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  CHECK_CUDA(cudaEventRecord(fork, stream));
  CHECK_CUDA(cudaStreamWaitEvent(side, fork, 0));
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, side, value, 1));
  CHECK_ERROR(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureUnjoined);
  CHECK_ERROR(cudaStreamEndCapture(stream, &graph), cudaErrorIllegalState);
  // And the streams work again.
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, side, value, 1));
  CHECK_CUDA(cudaStreamSynchronize(side));
  CHECK_EQUAL(*value, 1);
  memo_emulation_forget_failures();
}

void an_error_of_a_kernel_is_sticky() {
  cudaStream_t stream = new_stream();
  int *device = on_device<int>(64), *value = pinned<int>(1);
  *value = 0;
  CHECK_CUDA(cudaFree(device));
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, stream, device, 1));
  CHECK_ERROR(cudaStreamSynchronize(stream), cudaErrorIllegalAddress);
  CHECK_ERROR(cudaGetLastError(), cudaErrorIllegalAddress);
  CHECK_ERROR(cudaGetLastError(), cudaErrorIllegalAddress);
  CHECK_ERROR(launch(add, dim3(1), dim3(1), 0, stream, value, 1), cudaErrorIllegalAddress);
  CHECK_ERROR(cudaMalloc(&device, 4), cudaErrorIllegalAddress);
  CHECK(failure().find("was given a pointer to device memory that was freed") != std::string::npos);
  memo_emulation_forget_failures();
  CHECK_CUDA(launch(add, dim3(1), dim3(1), 0, stream, value, 1));
  CHECK_CUDA(cudaStreamSynchronize(stream));
  CHECK_EQUAL(*value, 1);
}

void errors_are_injected_where_asked() {
  void *memory = nullptr;
  memo_emulation_inject("cudaMalloc", 2, cudaErrorMemoryAllocation);
  CHECK_CUDA(cudaMalloc(&memory, 16));
  CHECK_ERROR(cudaMalloc(&memory, 16), cudaErrorMemoryAllocation);
  CHECK_CUDA(cudaMalloc(&memory, 16));
  memo_emulation_inject("copy", 1, cudaErrorECCUncorrectable);
  CHECK_CUDA(cudaMemcpyAsync(memory, memory, 16, cudaMemcpyDeviceToDevice, nullptr));
  CHECK_ERROR(cudaDeviceSynchronize(), cudaErrorECCUncorrectable);
  memo_emulation_forget_failures();
  CHECK(memo_emulation_calls("cudaMalloc") >= 3);
  CHECK(strcmp(cudaGetErrorName(cudaErrorIllegalAddress), "cudaErrorIllegalAddress") == 0);
  CHECK(strcmp(cudaGetErrorString(cudaErrorIllegalAddress), "illegal address") == 0);
  CHECK(strcmp(cudaGetErrorName(static_cast<cudaError_t>(12345)), "unrecognized error code") == 0);
}

// Two kernels that nothing orders may run at once: each waits for the other's sign.
__global__ void wait_for_sign(int *mine, int *others) {
  atomicExch(mine, 1);
  while (atomicAdd(others, 0) == 0) {
  }
}

void kernels_of_two_streams_run_at_once() {
  if (std::thread::hardware_concurrency() < 2) return;
  cudaStream_t first = new_stream(), second = new_stream();
  int *signs = pinned<int>(2);
  signs[0] = signs[1] = 0;
  CHECK_CUDA(launch(wait_for_sign, dim3(1), dim3(1), 0, first, signs, signs + 1));
  CHECK_CUDA(launch(wait_for_sign, dim3(1), dim3(1), 0, second, signs + 1, signs));
  CHECK_CUDA(cudaDeviceSynchronize());
}

}  // namespace

int main() {
  static_assert(sizeof(cudaDeviceProp) == 1008, "the runtime's size");
  memory_is_counted_and_starts_as_garbage();
  copies_are_checked();
  a_copy_from_pinned_memory_reads_it_when_it_runs();
  events_order_streams_and_say_when_they_were_reached();
  events_with_timing_measure();
  the_legacy_stream_waits_for_blocking_streams();
  registered_memory_is_known();
  graphs_do_what_was_captured_each_time();
  a_capture_refuses_what_it_cannot_hold();
  an_error_of_a_kernel_is_sticky();
  errors_are_injected_where_asked();
  kernels_of_two_streams_run_at_once();
  return 0;
}
