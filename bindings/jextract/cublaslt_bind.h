/* What jextract reads of cuBLASLt: its C API. */
#include "fp_guard.h"
#include <cublasLt.h>
