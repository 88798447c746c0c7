// The C ABI, whose functions alone the library exports.
#pragma once

#pragma GCC visibility push(default)
#include "memo_cuda.h"
#pragma GCC visibility pop
