// Errors of the C ABI: thrown as Failure inside the library, answered as a code and a text at its edge.
#pragma once

#include <stdint.h>

#include <exception>
#include <initializer_list>

#include "abi.h"

namespace memo {

class Failure : public std::exception {
 public:
  __attribute__((format(printf, 3, 4))) Failure(int code, const char *format, ...);
  int code() const { return code_; }
  const char *what() const noexcept override { return text_; }

 private:
  int code_;
  char text_[400];
};

const char *last_error();

// Called in a catch block: the code of the exception in flight, whose text becomes the thread's last error.
int code_of_exception(const char *function) noexcept;

// Runs the body of an ABI function.
template <class Body>
int guarded(const char *function, Body body) noexcept {
  try {
    body();
    return MEMO_OK;
  } catch (...) {
    return code_of_exception(function);
  }
}

// The checks of arguments; each throws Failure with MEMO_INVALID_ARGUMENT.

struct NamedPointer {
  const char *name;
  const void *pointer;
};
#define MEMO_POINTER(pointer) \
  ::memo::NamedPointer { #pointer, pointer }

struct NamedCount {
  const char *name;
  int64_t value;
};
#define MEMO_COUNT(count) \
  ::memo::NamedCount { #count, count }

void require_pointers(std::initializer_list<NamedPointer> pointers);
void require_at_least(NamedCount count, int64_t minimum);
// rows >= 0, cols >= 1, and so many floats addressable.
void require_matrix(NamedCount rows, NamedCount cols);
// Each of n ids is in [minimum, limit).
void require_ids(const char *name, const int32_t *ids, int64_t n, int64_t minimum, int64_t limit);

}  // namespace memo
