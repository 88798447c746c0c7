#include "symbols.h"

#include <cxxabi.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vector>

namespace memo::emulation {

namespace {

struct Search {
  uintptr_t address;
  std::string file;
  uintptr_t base;
};

std::string program_file() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  return length < 0 ? "" : std::string(path, static_cast<size_t>(length));
}

int find_file(dl_phdr_info *library, size_t, void *data) {
  auto *search = static_cast<Search *>(data);
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto &header = library->dlpi_phdr[i];
    const uintptr_t begin = library->dlpi_addr + header.p_vaddr;
    if (header.p_type != PT_LOAD || search->address < begin || search->address >= begin + header.p_memsz) continue;
    const bool program = library->dlpi_name == nullptr || library->dlpi_name[0] == '\0';
    search->file = program ? program_file() : library->dlpi_name;
    search->base = library->dlpi_addr;
    return 1;
  }
  return 0;
}

template <class T>
std::vector<T> read_at(FILE *file, uint64_t offset, uint64_t count) {
  std::vector<T> elements(count);
  if (fseek(file, static_cast<long>(offset), SEEK_SET) != 0) return {};
  if (fread(elements.data(), sizeof(T), count, file) != count) return {};
  return elements;
}

std::string symbol_at(FILE *file, uintptr_t address) {
  const auto header = read_at<ElfW(Ehdr)>(file, 0, 1);
  if (header.empty()) return "";
  const auto sections = read_at<ElfW(Shdr)>(file, header[0].e_shoff, header[0].e_shnum);
  for (const auto &section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
    const auto symbols = read_at<ElfW(Sym)>(file, section.sh_offset, section.sh_size / sizeof(ElfW(Sym)));
    const auto &strings = sections[section.sh_link];
    const auto names = read_at<char>(file, strings.sh_offset, strings.sh_size);
    for (const auto &symbol : symbols) {
      const bool here = address >= symbol.st_value && address < symbol.st_value + symbol.st_size;
      if (here && (symbol.st_info & 0xF) == STT_FUNC && symbol.st_name < names.size()) return &names[symbol.st_name];
    }
  }
  return "";
}

std::string demangled(const std::string &name) {
  int status = 0;
  char *text = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  const std::string result = status == 0 ? text : name;
  free(text);
  return result;
}

}  // namespace

std::string name_of_function(const void *address) {
  Search search{reinterpret_cast<uintptr_t>(address), "", 0};
  dl_iterate_phdr(find_file, &search);
  std::string name;
  if (FILE *file = search.file.empty() ? nullptr : fopen(search.file.c_str(), "rb")) {
    name = symbol_at(file, search.address - search.base);
    fclose(file);
  }
  if (!name.empty()) return demangled(name);
  char text[32];
  snprintf(text, sizeof(text), "%p", address);
  return text;
}

std::string place_in_file(const void *address) {
  Search search{reinterpret_cast<uintptr_t>(address), "an unknown file", 0};
  dl_iterate_phdr(find_file, &search);
  char offset[32];
  snprintf(offset, sizeof(offset), " 0x%zx", static_cast<size_t>(search.address - search.base));
  return search.file + offset;
}

}  // namespace memo::emulation
