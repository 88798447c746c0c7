// architectures_test LIBRARY ARCHITECTURE...: the library has machine code for exactly these (as 80, 90a), and PTX for
// the last.
//
// nvcc puts device code into containers: a header of 16 bytes (a magic number, u16 version, u16 size of the header,
// u64 size of what follows), then entries of which the header's first fields are u16 kind (1 PTX, 2 machine code),
// u16 version, u32 size of the header, u64 size of the contents, and at byte 28 the architecture.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace {

constexpr uint32_t kMagic = 0xBA55ED50;
constexpr uint16_t kPtx = 1;
constexpr uint16_t kMachineCode = 2;

template <class T>
T read(const std::vector<char> &bytes, size_t at) {
  T value = {};
  if (at + sizeof value <= bytes.size()) memcpy(&value, &bytes[at], sizeof value);
  return value;
}

struct Found {
  std::set<uint32_t> machine_code;
  std::set<uint32_t> ptx;
};

Found architectures_in(const std::vector<char> &bytes) {
  Found found;
  for (size_t at = 0; at + 16 <= bytes.size(); at += 8) {
    if (read<uint32_t>(bytes, at) != kMagic) continue;
    const size_t end = at + read<uint16_t>(bytes, at + 6) + read<uint64_t>(bytes, at + 8);
    size_t entry = at + read<uint16_t>(bytes, at + 6);
    while (entry + 32 <= end && end <= bytes.size()) {
      const uint16_t kind = read<uint16_t>(bytes, entry);
      const uint32_t architecture = read<uint32_t>(bytes, entry + 28);
      if (kind == kMachineCode) found.machine_code.insert(architecture);
      if (kind == kPtx) found.ptx.insert(architecture);
      const size_t size = read<uint32_t>(bytes, entry + 4) + read<uint64_t>(bytes, entry + 8);
      if (size == 0) break;
      entry += size;
    }
  }
  return found;
}

std::string text_of(const std::set<uint32_t> &architectures) {
  std::string text;
  for (uint32_t architecture : architectures) text += " " + std::to_string(architecture);
  return text;
}

}  // namespace

int main(int count, char **arguments) {
  if (count < 3) return 2;
  std::ifstream file(arguments[1], std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  std::set<uint32_t> expected;
  for (int i = 2; i < count; i++) expected.insert(static_cast<uint32_t>(atoi(arguments[i])));  // 90a is 90
  const Found found = architectures_in(bytes);
  printf("%s: machine code for%s, PTX for%s\n", arguments[1], text_of(found.machine_code).c_str(),
         text_of(found.ptx).c_str());
  if (found.machine_code == expected && found.ptx == std::set<uint32_t>{*expected.rbegin()}) return 0;
  fprintf(stderr, "expected machine code for%s, and PTX for the last\n", text_of(expected).c_str());
  return 1;
}
