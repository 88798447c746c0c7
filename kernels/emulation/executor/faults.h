// Turns signals that device code raises into failures of its kernel.
#pragma once

#include <string>

namespace memo::emulation {

// Says what an address is for a message, such as "freed device memory"; set once by the memory's owner.
using DescribeAddress = std::string (*)(const void *address);

// Once for the process. Signals of other threads go to the handlers that were there before (such as a Java machine's).
void install_fault_handlers(DescribeAddress describe);

// On each thread that runs device code: its handlers cannot run on a stack that has overflowed.
void use_alternate_signal_stack();

}  // namespace memo::emulation
