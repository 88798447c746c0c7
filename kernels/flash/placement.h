// Which tokens of the sequence the rows of a matrix are, and how blocks of rows are cut. Positions count from the
// sequence's first token. Later rows are later tokens, so the tokens of an interval of positions are neighbouring rows.
#pragma once

#include <cuda_runtime.h>
#include <stdint.h>

namespace memo::flash {

// All tokens.
struct WholeSequence {
  int64_t tokens;

  __host__ __device__ int64_t blocks(int rows) const { return (tokens + rows - 1) / rows; }
  __host__ __device__ int64_t first_row(int64_t block, int rows) const { return block * rows; }
  // Where rows that follow the first of a block end.
  __host__ __device__ int64_t end(int64_t) const { return tokens; }
  __host__ __device__ int64_t position(int64_t row) const { return row; }
  // The rows of tokens before a position.
  __host__ __device__ int64_t rows_before(int64_t position) const { return position; }
};

// Two chunks of a sequence, one behind the other, as a place of ring attention holds them. No block has rows of both.
struct TwoChunks {
  int64_t chunk_tokens;
  int64_t first;  // where the chunks begin
  int64_t second;

  __host__ __device__ int64_t blocks(int rows) const { return 2 * blocks_of_chunk(rows); }
  __host__ __device__ int64_t first_row(int64_t block, int rows) const {
    const int64_t of_chunk = blocks_of_chunk(rows);
    return block < of_chunk ? block * rows : chunk_tokens + (block - of_chunk) * rows;
  }
  __host__ __device__ int64_t end(int64_t first_row) const {
    return first_row < chunk_tokens ? chunk_tokens : 2 * chunk_tokens;
  }
  __host__ __device__ int64_t position(int64_t row) const {
    return row < chunk_tokens ? first + row : second + (row - chunk_tokens);
  }
  __host__ __device__ int64_t rows_before(int64_t position) const {
    return of_chunk_before(position - first) + of_chunk_before(position - second);
  }

 private:
  __host__ __device__ int64_t blocks_of_chunk(int rows) const { return (chunk_tokens + rows - 1) / rows; }
  __host__ __device__ int64_t of_chunk_before(int64_t distance) const {
    return distance < 0 ? 0 : distance < chunk_tokens ? distance : chunk_tokens;
  }
};

}  // namespace memo::flash
