#include <string.h>

#include "kernel_table.h"
#include "simd.h"
#include "threads.h"

namespace memo::MEMO_ISA {
namespace {

// From here on a copy goes past the caches: it spares the compute threads' data and the reads that stores would cause.
constexpr int64_t kLargeBytes = 256 * 1024;

constexpr int64_t kLineBytes = 64;

// Stores that pass the caches; p is aligned to the Vec.
MEMO_INLINE void stream(float *p, Vec v) {
#if defined(__AVX512F__)
  _mm512_stream_ps(p, v);
#elif defined(__AVX2__)
  _mm256_stream_ps(p, v);
#elif defined(__SSE2__)
  _mm_stream_ps(p, v);
#else
  store(p, v);
#endif
}

// Orders streamed stores before whatever tells other threads of them.
MEMO_INLINE void end_stream() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace

void copy(void *destination, const void *source, int64_t size_bytes) {
  char *to = static_cast<char *>(destination);
  const char *from = static_cast<const char *>(source);
  if (size_bytes < kLargeBytes) {
    memcpy(to, from, size_bytes);
    return;
  }
  const int64_t head_bytes = -reinterpret_cast<intptr_t>(to) & (kLineBytes - 1);
  memcpy(to, from, head_bytes);
  int64_t at = head_bytes;
  for (; at + kLineBytes <= size_bytes; at += kLineBytes) {
    for (int64_t i = 0; i < kLineBytes; i += sizeof(Vec)) {
      Vec v;
      memcpy(&v, from + at + i, sizeof v);
      stream(reinterpret_cast<float *>(to + at + i), v);
    }
  }
  end_stream();
  memcpy(to + at, from + at, size_bytes - at);
}

void copy_columns(const void *source, int64_t source_stride_bytes, void *target, int64_t target_stride_bytes,
                  int64_t rows, int64_t row_bytes) {
  const char *from = static_cast<const char *>(source);
  char *to = static_cast<char *>(target);
  const int parts = num_parts(rows * row_bytes / static_cast<int64_t>(sizeof(float)));
  parallel(parts, [=](int part) {
    for_row_pieces(rows, row_bytes, part, parts, [=](int64_t row, int64_t begin, int64_t end) {
      memcpy(to + row * target_stride_bytes + begin, from + row * source_stride_bytes + begin, end - begin);
    });
  });
}

void zero(void *destination, int64_t size_bytes) {
  char *to = static_cast<char *>(destination);
  const int parts = num_parts(size_bytes / static_cast<int64_t>(sizeof(float)));
  parallel(parts, [=](int part) {
    const Range range = range_of_part(size_bytes, part, parts, kLineBytes);
    memset(to + range.begin, 0, range.end - range.begin);
  });
}

}  // namespace memo::MEMO_ISA
