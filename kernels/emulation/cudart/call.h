// What every function of the emulated runtime does around its work: injected errors, the sticky error, the last error.
#pragma once

#include <string>

#include "cuda_runtime_api.h"

namespace memo::emulation {

// The error that a function must answer before it does anything: an injected one, or the sticky one.
cudaError_t begin_call(const char *name);
cudaError_t end_call(cudaError_t error);

template <class Body>
cudaError_t call(const char *name, Body body) {
  const cudaError_t error = begin_call(name);
  return end_call(error != cudaSuccess ? error : body());
}

// Makes work that ran later than its call fail: every call answers this error from now on. Says why on stderr.
void fail_context(cudaError_t error, const std::string &why);
cudaError_t context_error();

// As call's, for work on a stream; only injected errors.
cudaError_t injected(const char *name);

}  // namespace memo::emulation
