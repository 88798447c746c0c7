// Scratch memory of kernels: the only heap memory they use.
#pragma once

#include <stdint.h>

namespace memo {

// At least this many elements, aligned to 64 bytes, contents undefined. The memory belongs to the calling thread, is
// kept for later calls, and is valid until the thread's next call: a kernel asks once, before its parallel part, for
// all that its threads need. Throws std::bad_alloc.
float *scratch_floats(int64_t elements);
double *scratch_doubles(int64_t elements);

// n rounded up to whole cache lines of floats, so that parts of scratch memory do not share lines.
constexpr int64_t whole_lines(int64_t n) { return (n + 15) / 16 * 16; }

int64_t scratch_allocations();

}  // namespace memo
