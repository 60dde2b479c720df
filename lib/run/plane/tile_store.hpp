// Finished tiles of a picture on the disk: RUN/checkpoint/tile-LL-NNNNNN.bin, each written beside
// and renamed, with a checksum. What is there survives a kill; what is not there, or was lost with
// the power (nothing waits for the disk: thousands of tiles would), is computed again to the same
// bits.
#pragma once
#include <thalweg/core/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thalweg {

struct Tile {
  std::int64_t work = 0;
  std::vector<double> values{};
};

class TileStore {
 public:
  /// `folder` exists.
  explicit TileStore(std::string folder) : folder_(std::move(folder)) {}
  void write(Index level, Index tile, const Tile& content) const;
  /// None when it is not there, damaged, or not of `size` values.
  [[nodiscard]] std::optional<Tile> read(Index level, Index tile, Index size) const;
  [[nodiscard]] bool has(Index level, Index tile) const;
  /// Removes all tiles.
  void clear() const;

 private:
  [[nodiscard]] std::string path(Index level, Index tile) const;
  std::string folder_;
};

}  // namespace thalweg
