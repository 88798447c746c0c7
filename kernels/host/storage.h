// The storage type that a source is compiled for: with MEMO_STORAGE=f32 once, with MEMO_STORAGE=bf16 once more.
//
// Its kernels have the suffix _f32 or _bf16, and Elements for activations and weights. They compute with floats in any
// case: loads and stores convert.
#pragma once

#include "abi.h"

#define MEMO_JOINED_TOKENS(a, b) a##_##b
#define MEMO_JOINED(a, b) MEMO_JOINED_TOKENS(a, b)
#define MEMO_TYPED(name) MEMO_JOINED(name, MEMO_STORAGE)

namespace memo {

namespace storage {
using f32 = float;
using bf16 = memo_bf16;
}  // namespace storage

using Element = storage::MEMO_STORAGE;

// A stored value is not the computed one: sums stay in floats to their end, and a value is stored once.
constexpr bool kRounds = sizeof(Element) < sizeof(float);

}  // namespace memo
