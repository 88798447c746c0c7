// The C ABI, whose functions alone the library exports.
#pragma once

#pragma GCC visibility push(default)
#include "memo_flash.h"
#pragma GCC visibility pop
