// The codes of the CUDA runtime that the executor answers.
#pragma once

namespace memo::emulation {

constexpr int kErrorInvalidValue = 1;
constexpr int kErrorInvalidConfiguration = 9;
constexpr int kErrorIllegalAddress = 700;
constexpr int kErrorMisalignedAddress = 716;
constexpr int kErrorLaunchFailure = 719;

}  // namespace memo::emulation
