// Why a kernel failed.
#pragma once

#include <string>

namespace memo::emulation {

struct Failure {
  int error = 0;  // a cudaError
  std::string text;
};

}  // namespace memo::emulation
