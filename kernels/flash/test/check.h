// The little that these tests need of a test library.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition, ...)                                                \
  do {                                                                       \
    if (!(condition)) {                                                      \
      fprintf(stderr, "%s:%d: not true: %s: ", __FILE__, __LINE__, #condition); \
      fprintf(stderr, __VA_ARGS__);                                          \
      fprintf(stderr, "\n");                                                 \
      exit(1);                                                               \
    }                                                                        \
  } while (0)

#define CHECK_CUDA(call)                                                                      \
  do {                                                                                        \
    const cudaError_t error = (call);                                                         \
    CHECK(error == cudaSuccess, "%s: %s", cudaGetErrorName(error), cudaGetErrorString(error)); \
  } while (0)
