/*
 * Stands in for libcuda.so.1 on machines without a GPU driver, so that tests can let cuDNN compile plans for a
 * described device: cuDNN wants the driver to be there, but only running a plan needs what it does. It reports a
 * driver of CUDA 13.0 and no devices, and refuses everything else. Never on the path of a real run.
 */

enum { NO_DEVICE = 100, DRIVER_VERSION = 13000 };

#define EXPORTED __attribute__((visibility("default")))

/* The driver's functions take up to eleven arguments; on x86-64 a function may ignore those that it gets. */
#define REFUSES(name) \
  EXPORTED int name(void) { return NO_DEVICE; }

EXPORTED int cuDriverGetVersion(int *version) {
  *version = DRIVER_VERSION;
  return 0;
}

EXPORTED int cuDeviceGetCount(int *count) {
  *count = 0;
  return 0;
}

REFUSES(cuCtxGetCurrent)
REFUSES(cuCtxGetLimit)
REFUSES(cuCtxPopCurrent)
REFUSES(cuCtxPushCurrent)
REFUSES(cuDeviceGet)
REFUSES(cuGetErrorName)
REFUSES(cuGetErrorString)
REFUSES(cuKernelGetAttribute)
REFUSES(cuKernelSetAttribute)
REFUSES(cuLaunchCooperativeKernel)
REFUSES(cuLaunchKernel)
REFUSES(cuLaunchKernelEx)
REFUSES(cuLibraryGetKernel)
REFUSES(cuLibraryLoadData)
REFUSES(cuLibraryLoadFromFile)
REFUSES(cuLibraryUnload)
REFUSES(cuLinkAddData)
REFUSES(cuLinkComplete)
REFUSES(cuLinkCreate)
REFUSES(cuLinkDestroy)
REFUSES(cuOccupancyMaxPotentialClusterSize)
REFUSES(cuStreamGetCtx)
