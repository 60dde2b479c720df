// The parts of a window that the boundary meets, and a few of many of them by chance.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/run/plane/zoom.hpp>

#include <span>
#include <vector>

namespace thalweg {

/// A window cut into ratio x ratio boxes: those whose points do not have one sign, row by row.
/// `values` (n, n), n >= 2 ratio; the i-th point along a side is in box floor((i + 1/2) ratio / n).
std::vector<Window> met_boxes(std::span<const double> values, Index n, const Window& window,
                              Index ratio);

/// `count` of the boxes, each set of them with the same chance, or all when they are not more.
std::vector<Window> draw(std::vector<Window> boxes, Index count, Rng& rng);

}  // namespace thalweg
