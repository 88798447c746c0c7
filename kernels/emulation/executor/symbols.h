// Names of functions for messages, from the symbol tables of the files that they were loaded from.
#pragma once

#include <string>

namespace memo::emulation {

// Of the function that the address lies in, or the address in hexadecimal.
std::string name_of_function(const void *address);

// The file and the offset in it, as addr2line -e takes them.
std::string place_in_file(const void *address);

}  // namespace memo::emulation
