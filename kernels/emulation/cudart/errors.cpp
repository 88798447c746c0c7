// Names of the runtime's errors, and texts made of them.
#include <ctype.h>

#include <map>
#include <string>

#include "cuda_runtime_api.h"

namespace {

struct Texts {
  const char *name;
  std::string text;
};

// cudaErrorIllegalAddress: "illegal address".
std::string spelled_out(const std::string &name) {
  std::string text;
  for (char c : name.substr(std::string("cudaError").size())) {
    if (isupper(static_cast<unsigned char>(c)) && !text.empty()) text += ' ';
    text += static_cast<char>(tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

#define MEMO_NAMED(error) {error, {#error, spelled_out(#error)}}

const std::map<int, Texts> &errors() {
  static const auto *all = new std::map<int, Texts>{
      {cudaSuccess, {"cudaSuccess", "no error"}},
      {cudaErrorMemoryAllocation, {"cudaErrorMemoryAllocation", "out of memory"}},
      MEMO_NAMED(cudaErrorInvalidValue),
      MEMO_NAMED(cudaErrorInitializationError),
      MEMO_NAMED(cudaErrorInvalidConfiguration),
      MEMO_NAMED(cudaErrorInvalidHostPointer),
      MEMO_NAMED(cudaErrorInvalidDevicePointer),
      MEMO_NAMED(cudaErrorInvalidMemcpyDirection),
      MEMO_NAMED(cudaErrorStubLibrary),
      MEMO_NAMED(cudaErrorInsufficientDriver),
      MEMO_NAMED(cudaErrorCallRequiresNewerDriver),
      MEMO_NAMED(cudaErrorDevicesUnavailable),
      MEMO_NAMED(cudaErrorIncompatibleDriverContext),
      MEMO_NAMED(cudaErrorInvalidDeviceFunction),
      MEMO_NAMED(cudaErrorNoDevice),
      MEMO_NAMED(cudaErrorInvalidDevice),
      MEMO_NAMED(cudaErrorInvalidKernelImage),
      MEMO_NAMED(cudaErrorNoKernelImageForDevice),
      MEMO_NAMED(cudaErrorECCUncorrectable),
      MEMO_NAMED(cudaErrorUnsupportedLimit),
      MEMO_NAMED(cudaErrorUnsupportedPtxVersion),
      MEMO_NAMED(cudaErrorOperatingSystem),
      MEMO_NAMED(cudaErrorInvalidResourceHandle),
      MEMO_NAMED(cudaErrorIllegalState),
      MEMO_NAMED(cudaErrorNotReady),
      MEMO_NAMED(cudaErrorIllegalAddress),
      MEMO_NAMED(cudaErrorLaunchOutOfResources),
      MEMO_NAMED(cudaErrorLaunchTimeout),
      MEMO_NAMED(cudaErrorContextIsDestroyed),
      MEMO_NAMED(cudaErrorAssert),
      MEMO_NAMED(cudaErrorHostMemoryAlreadyRegistered),
      MEMO_NAMED(cudaErrorHostMemoryNotRegistered),
      MEMO_NAMED(cudaErrorHardwareStackError),
      MEMO_NAMED(cudaErrorIllegalInstruction),
      MEMO_NAMED(cudaErrorMisalignedAddress),
      MEMO_NAMED(cudaErrorInvalidAddressSpace),
      MEMO_NAMED(cudaErrorInvalidPc),
      MEMO_NAMED(cudaErrorLaunchFailure),
      MEMO_NAMED(cudaErrorNotPermitted),
      MEMO_NAMED(cudaErrorNotSupported),
      MEMO_NAMED(cudaErrorSystemNotReady),
      MEMO_NAMED(cudaErrorSystemDriverMismatch),
      MEMO_NAMED(cudaErrorCompatNotSupportedOnDevice),
      MEMO_NAMED(cudaErrorStreamCaptureUnsupported),
      MEMO_NAMED(cudaErrorStreamCaptureInvalidated),
      MEMO_NAMED(cudaErrorStreamCaptureMerge),
      MEMO_NAMED(cudaErrorStreamCaptureUnmatched),
      MEMO_NAMED(cudaErrorStreamCaptureUnjoined),
      MEMO_NAMED(cudaErrorStreamCaptureIsolation),
      MEMO_NAMED(cudaErrorStreamCaptureImplicit),
      MEMO_NAMED(cudaErrorCapturedEvent),
      MEMO_NAMED(cudaErrorStreamCaptureWrongThread),
      MEMO_NAMED(cudaErrorTimeout),
      MEMO_NAMED(cudaErrorGraphExecUpdateFailure),
      MEMO_NAMED(cudaErrorUnknown),
  };
  return *all;
}

}  // namespace

const char *cudaGetErrorName(cudaError_t error) {
  const auto found = errors().find(error);
  return found == errors().end() ? "unrecognized error code" : found->second.name;
}

const char *cudaGetErrorString(cudaError_t error) {
  const auto found = errors().find(error);
  return found == errors().end() ? "unrecognized error code" : found->second.text.c_str();
}
