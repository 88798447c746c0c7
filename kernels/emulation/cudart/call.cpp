#include "call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atomic>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "emulation_control.h"
#include "stream.h"

namespace memo::emulation {

namespace {

struct Injection {
  int64_t nth;
  cudaError_t error;
};

struct Calls {
  std::mutex mutex;
  std::map<std::string, int64_t> counts;
  std::map<std::string, std::vector<Injection>> injections;
  std::string failure;

  Calls() { parse(getenv("MEMO_CUDA_EMULATION_FAIL")); }

  // "cudaMalloc:2=2,kernel:1=700": the second cudaMalloc answers 2, the first kernel ends in 700.
  void parse(const char *text) {
    std::stringstream entries(text == nullptr ? "" : text);
    for (std::string entry; std::getline(entries, entry, ',');) {
      const size_t colon = entry.find(':'), equals = entry.find('=');
      if (colon == std::string::npos || equals == std::string::npos || equals < colon) {
        fprintf(stderr, "CUDA emulation: MEMO_CUDA_EMULATION_FAIL has '%s', which is not name:nth=code\n",
                entry.c_str());
        continue;
      }
      injections[entry.substr(0, colon)].push_back(
          {strtoll(entry.c_str() + colon + 1, nullptr, 10),
           static_cast<cudaError_t>(strtol(entry.c_str() + equals + 1, nullptr, 10))});
    }
  }
};

Calls &calls() {
  static auto *instance = new Calls;
  return *instance;
}

std::atomic<int> sticky_error{0};
thread_local cudaError_t last_error = cudaSuccess;

// Errors after which the context is of no more use.
bool is_sticky(int error) {
  switch (error) {
    case cudaErrorECCUncorrectable:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
      return true;
    default:
      return false;
  }
}

}  // namespace

cudaError_t injected(const char *name) {
  Calls &all = calls();
  std::lock_guard<std::mutex> lock(all.mutex);
  const int64_t nth = ++all.counts[name];
  const auto found = all.injections.find(name);
  if (found == all.injections.end()) return cudaSuccess;
  for (const Injection &injection : found->second) {
    if (injection.nth == nth) return injection.error;
  }
  return cudaSuccess;
}

cudaError_t begin_call(const char *name) {
  const cudaError_t error = injected(name);
  if (error != cudaSuccess) {
    if (is_sticky(error)) fail_context(error, std::string("injected into ") + name);
    return error;
  }
  return context_error();
}

cudaError_t end_call(cudaError_t error) {
  if (error != cudaSuccess && error != cudaErrorNotReady) last_error = error;
  return error;
}

void fail_context(cudaError_t error, const std::string &why) {
  Calls &all = calls();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (sticky_error != 0) return;
  all.failure = why;
  sticky_error = error;
  fprintf(stderr, "CUDA emulation: %s (%d): %s\n", cudaGetErrorName(error), error, why.c_str());
}

cudaError_t context_error() { return static_cast<cudaError_t>(sticky_error.load()); }

}  // namespace memo::emulation

using memo::emulation::calls;

cudaError_t cudaPeekAtLastError() {
  const cudaError_t sticky = memo::emulation::context_error();
  return sticky != cudaSuccess ? sticky : memo::emulation::last_error;
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = cudaPeekAtLastError();
  memo::emulation::last_error = cudaSuccess;
  return error;
}

void memo_emulation_inject(const char *name, int64_t nth, int error) {
  std::lock_guard<std::mutex> lock(calls().mutex);
  calls().injections[name].push_back({calls().counts[name] + nth, static_cast<cudaError_t>(error)});
}

int64_t memo_emulation_calls(const char *name) {
  std::lock_guard<std::mutex> lock(calls().mutex);
  return calls().counts[name];
}

int64_t memo_emulation_failure(char *text, int64_t capacity) {
  std::lock_guard<std::mutex> lock(calls().mutex);
  const std::string &failure = calls().failure;
  if (capacity > 0) snprintf(text, static_cast<size_t>(capacity), "%s", failure.c_str());
  return static_cast<int64_t>(failure.size());
}

void memo_emulation_forget_failures() {
  memo::emulation::streams().synchronize_all();  // work that is still failing would fail the context anew
  std::lock_guard<std::mutex> lock(calls().mutex);
  calls().injections.clear();
  calls().failure.clear();
  memo::emulation::sticky_error = 0;
  memo::emulation::last_error = cudaSuccess;
}

void memo_emulation_fail_work(int error, const char *why) {
  memo::emulation::fail_context(static_cast<cudaError_t>(error), why);
}

int memo_emulation_injected(const char *name) { return memo::emulation::injected(name); }
