// All kernels, and the table of them that each instruction set fills.
//
// A kernel `name` is the function memo::<isa>::name with the parameters of memo_name in the C ABI, and returns
// nothing: its arguments were checked by the ABI function, and it can fail by exception only (std::bad_alloc).
#pragma once

#include "abi.h"

#define MEMO_BOTH_TYPES(KERNEL, name) KERNEL(name##_f32) KERNEL(name##_bf16)

#define MEMO_KERNELS(KERNEL)                       \
  KERNEL(copy)                                     \
  KERNEL(copy_columns)                             \
  KERNEL(zero)                                     \
  MEMO_BOTH_TYPES(KERNEL, rms_norm_forward)        \
  MEMO_BOTH_TYPES(KERNEL, rms_norm_backward)       \
  MEMO_BOTH_TYPES(KERNEL, layer_norm_forward)      \
  MEMO_BOTH_TYPES(KERNEL, layer_norm_backward)     \
  MEMO_BOTH_TYPES(KERNEL, bias_forward)            \
  MEMO_BOTH_TYPES(KERNEL, bias_backward)           \
  MEMO_BOTH_TYPES(KERNEL, residual_add)            \
  MEMO_BOTH_TYPES(KERNEL, swiglu_forward)          \
  MEMO_BOTH_TYPES(KERNEL, swiglu_backward)         \
  MEMO_BOTH_TYPES(KERNEL, gelu_forward)            \
  MEMO_BOTH_TYPES(KERNEL, gelu_backward)           \
  MEMO_BOTH_TYPES(KERNEL, rotary)                  \
  MEMO_BOTH_TYPES(KERNEL, embedding_forward)       \
  MEMO_BOTH_TYPES(KERNEL, embedding_backward)      \
  MEMO_BOTH_TYPES(KERNEL, attention_forward)       \
  MEMO_BOTH_TYPES(KERNEL, attention_backward)      \
  MEMO_BOTH_TYPES(KERNEL, attention_delta)         \
  MEMO_BOTH_TYPES(KERNEL, ring_attention_forward)  \
  MEMO_BOTH_TYPES(KERNEL, ring_attention_backward) \
  MEMO_BOTH_TYPES(KERNEL, cross_entropy)           \
  KERNEL(rotary_table_f32)                         \
  KERNEL(sum_of_squares_f32)                       \
  KERNEL(adamw_f32)                                \
  KERNEL(adamw_bf16)                               \
  KERNEL(cast_bf16)                                \
  KERNEL(widen_bf16)

namespace memo {

template <class AbiFunction>
struct KernelOf;
template <class... Parameters>
struct KernelOf<int(Parameters...)> {
  using type = void(Parameters...);
};

struct KernelTable {
  const char *isa;
#define MEMO_FIELD(name) KernelOf<decltype(::memo_##name)>::type *name;
  MEMO_KERNELS(MEMO_FIELD)
#undef MEMO_FIELD
};

// The table in use. Throws Failure when the environment variable MEMO_ISA names one that cannot be used.
const KernelTable &kernels();

#define MEMO_DECLARE_TABLE(isa) \
  namespace isa {               \
  extern const KernelTable table; \
  }
MEMO_DECLARE_TABLE(portable)
MEMO_DECLARE_TABLE(avx2)
MEMO_DECLARE_TABLE(avx512)
#undef MEMO_DECLARE_TABLE

#if defined(MEMO_ISA)
namespace MEMO_ISA {
#define MEMO_DECLARE(name) KernelOf<decltype(::memo_##name)>::type name;
MEMO_KERNELS(MEMO_DECLARE)
#undef MEMO_DECLARE
}  // namespace MEMO_ISA
#endif

}  // namespace memo
