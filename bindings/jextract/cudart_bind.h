/* What jextract reads of the CUDA runtime: its C API, and the two calls that bound what a profiler records, whose
   header is not in the runtime's package. */
#include <cuda_runtime_api.h>

/* For cudaGetDeviceProperties: only the name, the first field, is read, so the structure itself is not bound. */
#define MEMO_DEVICE_PROPERTIES_BYTES sizeof(struct cudaDeviceProp)

extern __host__ cudaError_t CUDARTAPI cudaProfilerStart(void);
extern __host__ cudaError_t CUDARTAPI cudaProfilerStop(void);
