// Pseudo-random numbers that depend on the seed alone.
#pragma once

#include <stdint.h>

#include <utility>

namespace memo::emulation {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t limit) { return next() % limit; }

  template <class T>
  void shuffle(T *elements, uint64_t count) {
    for (uint64_t i = count; i > 1; i--) std::swap(elements[i - 1], elements[below(i)]);
  }

 private:
  uint64_t state_;
};

}  // namespace memo::emulation
