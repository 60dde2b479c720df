// Samples in the kernel's layout, and how n samples are cut into blocks and chunks.
#pragma once
#include <algorithm>
#include <vector>

#include "aligned_array.hpp"
#include "mlp_evaluate.hpp"
#include "mlp_kernel.hpp"

namespace thalweg::mlp_kernel {

/// Bytes of one feature over a block, 256 samples in double: long sums amortise their reduction.
inline constexpr Index block_bytes = 2048;

/// Tiles of samples go to blocks, the kernel's unit of work; consecutive blocks go to chunks, each
/// with a gradient of its own. Depends on the sizes alone, never on the number of threads.
struct Plan {
  static constexpr Index most_chunks = 16;
  Index tiles, blocks, chunks;

  Plan(Index n, Index tile, Index tiles_per_block) : tiles((n + tile - 1) / tile) {
    // Two blocks for two threads even if one would do, unless they get too small to be worth it.
    blocks =
        std::max((tiles + tiles_per_block - 1) / tiles_per_block, std::min<Index>(2, tiles / 4));
    if (blocks > 2) blocks = std::min((blocks + 3) / 4 * 4, tiles);  // even shares for 2, 4 threads
    const Index blocks_per_chunk = (blocks + most_chunks - 1) / most_chunks;
    chunks = (blocks + blocks_per_chunk - 1) / blocks_per_chunk;
  }

  [[nodiscard]] Index most_tiles_in_block() const { return (tiles + blocks - 1) / blocks; }
  [[nodiscard]] Index first_tile(Index block) const { return block * tiles / blocks; }
  [[nodiscard]] Index first_block(Index chunk) const { return chunk * blocks / chunks; }
};

/// Where the rows of samples lie: one after another,
template <class S>
struct Rows {
  const S* data;
  Index width;
  static constexpr Index step = 1;  // between the numbers of a row
  [[nodiscard]] const S* operator()(Index s) const { return data + s * width; }
  [[nodiscard]] bool empty() const { return data == nullptr; }
};

/// or those of a batch in tiles that are packed already.
template <class S>
struct BatchRows {
  const S* tiles;
  Index stride, step;  // between tiles; between the numbers of a row, which is the tile's size
  const Index* batch;
  [[nodiscard]] const S* operator()(Index s) const {
    return tiles + batch[s] / step * stride + batch[s] % step;
  }
  [[nodiscard]] static bool empty() { return false; }
};

/// Copies rows [start, start + count), count <= tile, to [feature][sample]; the last row is
/// repeated to fill the tile.
template <class T, class AnyRows>
void pack_tile(T* out, Index tile, Index width, Index start, Index count, const AnyRows& rows) {
  for (Index s = 0; s < tile; ++s) {
    const auto* from = rows(start + std::min(s, count - 1));
    for (Index i = 0; i < width; ++i) out[i * tile + s] = static_cast<T>(from[i * rows.step]);
  }
}

/// Arrays of packed samples. Layout: mlp_kernel.hpp.
template <class T>
struct PackedSamples {
  AlignedArray<T> x, y, weight;
  Index tile, x_stride, y_stride;

  PackedSamples(const MlpShape& shape, Index samples_per_tile, Index tiles)
      : tile(samples_per_tile),
        x_stride(tile_stride<T>(shape.inputs(), tile)),
        y_stride(y_width(shape) * tile) {
    x = AlignedArray<T>(tiles * x_stride);
    y = AlignedArray<T>(tiles * y_stride);
    weight = AlignedArray<T>(tiles * tile);
  }

  /// Packs rows [first, first + tiles * tile) of n into the leading tiles. y rows hold a sample's
  /// targets or its label; without them y is left alone.
  template <class XRows, class YRows>
  void pack(const MlpShape& shape, Index first, Index n, Index tiles, T sample_weight,
            const XRows& x_rows, const YRows& y_rows) {
    for (Index t = 0; t < tiles; ++t) {
      const Index start = first + t * tile, count = std::min(tile, n - start);
      pack_tile(x.data() + t * x_stride, tile, shape.inputs(), start, count, x_rows);
      if (!y_rows.empty())
        pack_tile(y.data() + t * y_stride, tile, y_width(shape), start, count, y_rows);
      for (Index s = 0; s < tile; ++s)
        weight.data()[t * tile + s] = s < count ? sample_weight : T(0);
    }
  }

  static Index y_width(const MlpShape& shape) {
    return shape.loss == Loss::mse ? shape.outputs() : 1;
  }

  /// A block from a tile of another one on.
  [[nodiscard]] Block<T> part(const Block<T>& of, Index first_tile, Index tiles) const {
    return {tiles, of.x + first_tile * x_stride, of.y + first_tile * y_stride,
            of.weight + first_tile * tile};
  }

  [[nodiscard]] Block<T> block(Index first_tile, Index tiles) const {
    return {tiles, x.data() + first_tile * x_stride, y.data() + first_tile * y_stride,
            weight.data() + first_tile * tile};
  }
};

}  // namespace thalweg::mlp_kernel
