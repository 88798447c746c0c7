// The emulated devices.
#pragma once

namespace memo::emulation {

int device_count();

// The calling thread's.
int current_device();

}  // namespace memo::emulation
