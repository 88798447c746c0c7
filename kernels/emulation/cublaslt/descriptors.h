// cuBLASLt's descriptors: values by attribute, of exactly the sizes that cuBLASLt 13.1.1 was seen to demand.
#pragma once

#include <stdint.h>
#include <string.h>

#include <map>

#include "cublasLt.h"

namespace memo::emulation {

struct Attribute {
  size_t bytes = 0;
  uint64_t bits = 0;
};

class Attributes {
 public:
  explicit Attributes(std::map<int, Attribute> initial) : values_(std::move(initial)) {}

  cublasStatus_t set(int attribute, const void *value, size_t bytes);
  cublasStatus_t get(int attribute, void *value, size_t bytes, size_t *written) const;

  uint64_t bits(int attribute) const { return values_.at(attribute).bits; }
  int32_t number(int attribute) const { return static_cast<int32_t>(bits(attribute)); }
  const void *pointer(int attribute) const { return reinterpret_cast<const void *>(bits(attribute)); }

 private:
  std::map<int, Attribute> values_;
};

}  // namespace memo::emulation

struct memo_emulation_product {
  memo::emulation::Attributes attributes;
};
struct memo_emulation_layout {
  memo::emulation::Attributes attributes;
};
struct memo_emulation_preference {
  memo::emulation::Attributes attributes;
};
