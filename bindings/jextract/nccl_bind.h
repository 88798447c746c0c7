/* What jextract reads of NCCL: its C API. nccl.h declares two functions without a prototype, which jextract would take
   for variadic ones. */
#include "fp_guard.h"
#define ncclGroupStart() ncclGroupStart(void)
#define ncclGroupEnd() ncclGroupEnd(void)
#include <nccl.h>
