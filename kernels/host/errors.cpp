#include "errors.h"

#include <stdarg.h>
#include <stdio.h>

#include <new>

namespace memo {
namespace {

thread_local char error_text[512] = "";

// Floats of as many bytes as a signed size can count.
constexpr int64_t kMostElements = INT64_MAX / static_cast<int64_t>(sizeof(float));

}  // namespace

Failure::Failure(int code, const char *format, ...) : code_(code) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text_, sizeof text_, format, arguments);
  va_end(arguments);
}

const char *last_error() { return error_text; }

int code_of_exception(const char *function) noexcept {
  int code = MEMO_UNSUPPORTED;
  const char *cause = "unknown exception";
  try {
    throw;
  } catch (const Failure &failure) {
    code = failure.code();
    cause = failure.what();
  } catch (const std::bad_alloc &) {
    code = MEMO_OUT_OF_MEMORY;
    cause = "no memory for scratch";
  } catch (...) {
  }
  snprintf(error_text, sizeof error_text, "%s: %s", function, cause);
  return code;
}

void require_pointers(std::initializer_list<NamedPointer> pointers) {
  for (const NamedPointer &named : pointers) {
    if (named.pointer == nullptr) throw Failure(MEMO_INVALID_ARGUMENT, "%s is null", named.name);
  }
}

void require_at_least(NamedCount count, int64_t minimum) {
  if (count.value < minimum) {
    throw Failure(MEMO_INVALID_ARGUMENT, "%s=%lld, must be at least %lld", count.name,
                  static_cast<long long>(count.value), static_cast<long long>(minimum));
  }
}

void require_matrix(NamedCount rows, NamedCount cols) {
  require_at_least(rows, 0);
  require_at_least(cols, 1);
  if (rows.value > kMostElements / cols.value) {
    throw Failure(MEMO_INVALID_ARGUMENT, "%s=%lld times %s=%lld is more than memory can have", rows.name,
                  static_cast<long long>(rows.value), cols.name, static_cast<long long>(cols.value));
  }
}

void require_ids(const char *name, const int32_t *ids, int64_t n, int64_t minimum, int64_t limit) {
  int32_t lowest = INT32_MAX;
  int32_t highest = INT32_MIN;
  for (int64_t i = 0; i < n; i++) {  // no early end, so that it vectorises
    lowest = ids[i] < lowest ? ids[i] : lowest;
    highest = ids[i] > highest ? ids[i] : highest;
  }
  if (n == 0 || (lowest >= minimum && highest < limit)) return;
  int64_t i = 0;
  while (ids[i] >= minimum && ids[i] < limit) i++;
  throw Failure(MEMO_INVALID_ARGUMENT, "%s[%lld]=%d, must be at least %lld and below %lld", name,
                static_cast<long long>(i), ids[i], static_cast<long long>(minimum), static_cast<long long>(limit));
}

}  // namespace memo
