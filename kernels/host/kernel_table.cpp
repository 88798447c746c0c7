#include "kernel_table.h"

#define MEMO_TEXT_OF(token) #token
#define MEMO_TEXT(macro) MEMO_TEXT_OF(macro)

namespace memo::MEMO_ISA {

#define MEMO_ENTRY(name) name,
const KernelTable table = {MEMO_TEXT(MEMO_ISA), MEMO_KERNELS(MEMO_ENTRY)};
#undef MEMO_ENTRY

}  // namespace memo::MEMO_ISA
