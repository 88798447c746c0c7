// Tiles in shared memory: each chunk has its place, and what is accessed at once lies in different banks.
#include "bf16_tile.cuh"

#include <set>

#include "check.h"

using namespace memo::flash;

namespace {

constexpr int kBankBytes = 128;  // of all 32 banks: what one access can have without conflict

template <class T>
void chunks_fill_the_tile_once() {
  const T tile = {0};
  std::set<SharedAddress> places;
  for (int row = 0; row < T::kRows; row++) {
    for (int chunk = 0; chunk < T::kChunks; chunk++) {
      const SharedAddress place = tile.chunk(row, chunk);
      CHECK(place % kChunkBytes == 0 && place < T::kBytes, "row %d, chunk %d", row, chunk);
      places.insert(place);
    }
  }
  CHECK(places.size() == static_cast<size_t>(T::kRows * T::kChunks), "dim %d", T::kDim);
}

// ldmatrix reads eight rows of a chunk at once.
template <class T>
void eight_rows_lie_in_different_banks() {
  const T tile = {0};
  for (int first_row = 0; first_row < T::kRows; first_row += 8) {
    for (int chunk = 0; chunk < T::kChunks; chunk++) {
      std::set<SharedAddress> banks;
      for (int row = first_row; row < first_row + 8; row++) banks.insert(tile.chunk(row, chunk) % kBankBytes);
      CHECK(banks.size() == 8, "dim %d, row %d, chunk %d", T::kDim, first_row, chunk);
    }
  }
}

// Eight neighbouring threads write the eight chunks of a line.
template <class T>
void neighbouring_chunks_lie_in_different_banks() {
  const T tile = {0};
  for (int row = 0; row < T::kRows; row++) {
    for (int chunk = 0; chunk < T::kChunks / 8 * 8; chunk += 8) {
      std::set<SharedAddress> banks;
      for (int i = 0; i < 8; i++) banks.insert(tile.chunk(row, chunk + i) % kBankBytes);
      CHECK(banks.size() == 8, "dim %d, row %d, chunk %d", T::kDim, row, chunk);
    }
  }
}

// What a lane reads by its precomputed addresses is what the tile says.
template <class T>
void lanes_find_their_rows() {
  const T tile = {0};
  for (int lane_row = 0; lane_row < 16; lane_row++) {
    for (int lane_chunk = 0; lane_chunk < 2; lane_chunk++) {
      const LaneRows<T> lane(tile, 16, lane_row, lane_chunk);
      for (int row = 0; row + 32 <= T::kRows; row += 16) {
        for (int chunk = 0; chunk < T::kChunks; chunk += 2) {
          CHECK(lane.chunk(row, chunk) == tile.chunk(16 + row + lane_row, chunk + lane_chunk),
                "dim %d, lane's row %d, row %d, chunk %d", T::kDim, lane_row, row, chunk);
        }
      }
    }
  }
}

template <class T>
void check_tile() {
  chunks_fill_the_tile_once<T>();
  eight_rows_lie_in_different_banks<T>();
  neighbouring_chunks_lie_in_different_banks<T>();
  lanes_find_their_rows<T>();
}

}  // namespace

int main() {
  check_tile<Tile<128, 64>>();
  check_tile<Tile<64, 96>>();
  check_tile<Tile<64, 128>>();
  check_tile<Tile<32, 256>>();
  return 0;
}
