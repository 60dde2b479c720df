// Work arrays of one thread for one block of samples, and of one call for its chunk gradients.
// They grow when a call needs more than any before, and never shrink.
#pragma once
#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "aligned_array.hpp"
#include "mlp_kernel.hpp"
#include "mlp_packing.hpp"

namespace thalweg::mlp_kernel {

/// One array per layer 1..L, each of `tiles` tiles.
template <class T>
class LayerArrays {
 public:
  void reserve(const std::vector<Index>& strides, Index tiles) {
    if (tiles <= tiles_) return;
    tiles_ = tiles;
    strides_ = &strides;
    Index total = 0;
    for (std::size_t l = 1; l < strides.size(); ++l) total += strides[l] * tiles;
    storage_ = AlignedArray<T>(total);
    starts_.assign(strides.size(), nullptr);
    Index at = 0;
    for (std::size_t l = 1; l < strides.size(); ++l) {
      starts_[l] = storage_.data() + at;
      at += strides[l] * tiles;
    }
  }

  /// Pointers to a tile of every layer, written to `out` (L + 1 entries).
  T* const* at_tile(Index tile, std::vector<T*>& out) const {
    for (std::size_t l = 1; l < starts_.size(); ++l) out[l] = starts_[l] + tile * (*strides_)[l];
    return out.data();
  }
  T* const* data() const { return starts_.data(); }

 private:
  AlignedArray<T> storage_;
  std::vector<T*> starts_;
  const std::vector<Index>* strides_ = nullptr;
  Index tiles_ = 0;
};

/// What a primal pass leaves for the tangent passes.
template <class T>
struct PrimalArrays {
  LayerArrays<T> a, d, delta, c;
};

/// How much a call needs: forward alone, gradient, Hessian products, or third derivatives.
enum class Needs { forward, gradient, tangent, third };

/// A tangent pass that a third derivative needs whole.
template <class T>
struct TangentArrays {
  LayerArrays<T> rz, ra, re, rdelta;

  void reserve(const std::vector<Index>& strides, Index tiles) {
    for (LayerArrays<T>* arrays : {&rz, &ra, &re, &rdelta}) arrays->reserve(strides, tiles);
  }
  [[nodiscard]] FullTangent<T> arrays() const {
    return {rz.data(), ra.data(), re.data(), rdelta.data()};
  }
};

template <class T>
struct Workspace {
  PrimalArrays<T> primal;
  LayerArrays<T> ra, rdelta;
  LayerArrays<T> s, t;  // of third derivatives
  TangentArrays<T> along_u, along_v;
  AlignedArray<T> scratch;
  std::vector<T*> pointers[6];            // into primal arrays, this one's or a linearisation's
  std::optional<PackedSamples<T>> batch;  // samples packed block by block
  Index batch_tiles = 0;

  void reserve(const std::vector<Index>& strides, Index tiles, Index tangent_tiles, Needs needs) {
    primal.a.reserve(strides, tiles);
    if (needs == Needs::forward) return;
    primal.d.reserve(strides, tiles);
    scratch.reserve(tiles * *std::max_element(strides.begin() + 1, strides.end()));
    if (needs == Needs::gradient) return;
    primal.delta.reserve(strides, tiles);
    primal.c.reserve(strides, tiles);
    ra.reserve(strides, tangent_tiles);
    rdelta.reserve(strides, tangent_tiles);
    for (auto& p : pointers) p.resize(strides.size());
    if (needs == Needs::tangent) return;
    s.reserve(strides, tiles);
    t.reserve(strides, tiles);
    along_u.reserve(strides, tangent_tiles);
    along_v.reserve(strides, tangent_tiles);
  }

  void reserve_batch(const MlpShape& shape, Index tile, Index tiles) {
    if (tiles <= batch_tiles) return;
    batch.emplace(shape, tile, tiles);
    batch_tiles = tiles;
  }

  Activity<T> gradient_arrays() {
    T* const* const d = primal.d.data();  // where delta overwrites phi'
    return {.a = primal.a.data(),
            .d = d,
            .delta = d,
            .c = nullptr,
            .s = nullptr,
            .t = nullptr,
            .scratch = scratch.data()};
  }
  /// `arrays` from a tile on; valid until the next call.
  Activity<T> at_tile(const PrimalArrays<T>& arrays, Index tile) {
    return {.a = arrays.a.at_tile(tile, pointers[0]),
            .d = arrays.d.at_tile(tile, pointers[1]),
            .delta = arrays.delta.at_tile(tile, pointers[2]),
            .c = arrays.c.at_tile(tile, pointers[3]),
            .s = nullptr,
            .t = nullptr,
            .scratch = scratch.data()};
  }
  /// This one's own arrays from a tile on, with those of third derivatives.
  Activity<T> third_arrays(Index tile) {
    Activity<T> activity = at_tile(primal, tile);
    activity.s = s.at_tile(tile, pointers[4]);
    activity.t = t.at_tile(tile, pointers[5]);
    return activity;
  }
  Tangent<T> tangent_arrays() { return {ra.data(), rdelta.data(), scratch.data()}; }
};

/// What one call holds while it runs.
template <class T>
struct CallSpace {
  std::deque<Workspace<T>> workers;
  AlignedArray<T> theta, directions, fixed_direction, chunk_results;
  std::vector<double> chunk_sums;
};

}  // namespace thalweg::mlp_kernel
