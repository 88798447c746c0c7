// The little that these tests need of a test library.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include <string>

#include "cuda_runtime.h"
#include "emulation_control.h"

#define CHECK(condition)                                                          \
  do {                                                                            \
    if (!(condition)) {                                                           \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);   \
      exit(1);                                                                    \
    }                                                                             \
  } while (0)

#define CHECK_EQUAL(actual, expected)                                                                     \
  do {                                                                                                    \
    const auto actual_value = (actual);                                                                   \
    const auto expected_value = (expected);                                                               \
    if (!(actual_value == expected_value)) {                                                              \
      fprintf(stderr, "%s:%d: %s is %s, not %s\n", __FILE__, __LINE__, #actual,                           \
              std::to_string(actual_value).c_str(), std::to_string(expected_value).c_str());              \
      exit(1);                                                                                            \
    }                                                                                                     \
  } while (0)

#define CHECK_CUDA(call) CHECK_EQUAL(static_cast<int>(call), 0)

// Why work on a stream failed.
inline std::string failure() {
  char text[1000];
  memo_emulation_failure(text, sizeof(text));
  return text;
}

// The kernel before this fails with this error and this in its text; the context is usable afterwards.
inline void expect_failure(cudaError_t error, const char *part) {
  CHECK_EQUAL(static_cast<int>(cudaDeviceSynchronize()), static_cast<int>(error));
  if (failure().find(part) == std::string::npos) {
    fprintf(stderr, "not in the failure's text: '%s'; it is: %s\n", part, failure().c_str());
    exit(1);
  }
  memo_emulation_forget_failures();
}

// Device memory of n elements, pinned so that the host sees it too.
template <class T>
T *pinned(size_t n) {
  T *address = nullptr;
  CHECK_CUDA(cudaHostAlloc(&address, n * sizeof(T), cudaHostAllocMapped));
  return address;
}
