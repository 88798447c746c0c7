// Which keys a query sees: those of its segment up to itself, of a whole sequence or of one block of a ring.
#pragma once

#include "threads.h"
#include "tile_product.h"

namespace memo::MEMO_ISA {

// Segments, each a range of positions that attend to each other only.
struct Segments {
  const int64_t *offsets;
  int64_t count;

  // The segment that holds the position; of several that start there, the last: the others are empty.
  int64_t holding(int64_t position) const {
    int64_t low = 0;
    int64_t high = count;  // offsets[low] <= position < offsets[high]
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (offsets[middle] <= position ? low : high) = middle;
    }
    return low;
  }

  // The same, where it is likely to be the one after the given.
  int64_t holding_after(int64_t segment, int64_t position) const {
    return position < offsets[segment + 2] ? segment + 1 : holding(position);
  }
};

// Tokens that lie in memory one behind the other: two chunks of a sequence, which start at these positions.
struct Place {
  int64_t chunk;
  int64_t first;
  int64_t second;

  int64_t position(int64_t token) const { return token < chunk ? first + token : second + token - chunk; }
  int64_t tokens_before(int64_t position) const { return of_chunk(position - first) + of_chunk(position - second); }

 private:
  int64_t of_chunk(int64_t tokens) const { return larger(0, smaller(tokens, chunk)); }
};

static inline Place whole_sequence(int64_t tokens) { return {tokens, 0, tokens}; }

static inline Place place_of_ring(int64_t chunk, int64_t places, int64_t place) {
  return {chunk, place * chunk, (2 * places - 1 - place) * chunk};
}

// Queries and keys, as tokens of their places. Every query sees every key or, where causal, those up to itself.
struct Part {
  Range queries;
  Range keys;
  bool causal;
};

// The parts of a block. Where its keys are the queries' own tokens, each segment makes a causal part. Else at most one
// segment reaches from keys over to queries, across all that lies between them, and makes the one part: chunks of two
// places lie one within the other, and either the outer place's first chunk comes before both of the inner's or both
// of the inner's come before the outer's second.
class Visibility {
 public:
  Visibility(Place place, Segments segments) : place_(place), segments_(segments), causal_(true), across_{} {}

  Visibility(Place queries, Place keys, Segments segments)
      : place_(queries), segments_(segments), causal_(queries.first == keys.first), across_{} {
    if (causal_) return;
    const int64_t border = keys.first < queries.first ? keys.first + keys.chunk : queries.second;
    const int64_t segment = segments.holding(border);
    across_.keys = {keys.tokens_before(segments.offsets[segment]), keys.tokens_before(border)};
    across_.queries = {queries.tokens_before(border), queries.tokens_before(segments.offsets[segment + 1])};
  }

  bool causal() const { return causal_; }

  // Calls body(part, piece) for the piece of each part in a range of queries.
  template <class Body>
  void for_queries(Range queries, Body body) const {
    if (causal_) {
      for_segments(queries, body);
    } else {
      across(across_.queries, queries, body);
    }
  }

  // The same in a range of keys.
  template <class Body>
  void for_keys(Range keys, Body body) const {
    if (causal_) {
      for_segments(keys, body);
    } else {
      across(across_.keys, keys, body);
    }
  }

 private:
  Place place_;
  Segments segments_;
  bool causal_;
  Part across_;

  template <class Body>
  void for_segments(Range tokens, Body body) const {
    int64_t segment = segments_.holding(place_.position(tokens.begin));
    for (int64_t begin = tokens.begin;;) {
      const Range whole = {place_.tokens_before(segments_.offsets[segment]),
                           place_.tokens_before(segments_.offsets[segment + 1])};
      const Range piece = {begin, smaller(tokens.end, whole.end)};
      body(Part{whole, whole, true}, piece);
      begin = piece.end;
      if (begin == tokens.end) return;
      segment = segments_.holding_after(segment, place_.position(begin));
    }
  }

  template <class Body>
  void across(Range of_part, Range tokens, Body body) const {
    const Range piece = {larger(of_part.begin, tokens.begin), smaller(of_part.end, tokens.end)};
    const bool empty = across_.queries.begin >= across_.queries.end || across_.keys.begin >= across_.keys.end;
    if (!empty && piece.begin < piece.end) body(across_, piece);
  }
};

}  // namespace memo::MEMO_ISA
