// The functions of the ABI about the library itself.
#include "device.h"

int memo_cuda_version(void) { return MEMO_CUDA_VERSION; }

const char *memo_cuda_last_error(void) { return memo::last_error(); }
