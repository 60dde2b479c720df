// Names and shapes of the blocks in a flat state vector: layer weights, positions and momenta.
#pragma once
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct Block {
  std::string name;          ///< "W1", "q"
  Index offset = 0;          ///< first entry in the flat vector
  std::vector<Index> shape;  ///< row-major (C order); empty for a scalar
  std::string unit = "1";
  std::string group{};  ///< blocks of one layer share a group: "layer1"

  [[nodiscard]] Index size() const {
    Index n = 1;
    for (const Index s : shape) n *= s;
    return n;
  }
};

using Layout = std::vector<Block>;

/// One block "x" that covers the whole state.
inline Layout plain_layout(Index dim, std::string name = "x") {
  return {Block{std::move(name), 0, {dim}, "1", {}}};
}

}  // namespace thalweg
