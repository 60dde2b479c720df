// Box counting: N(s) boxes of side s, of a fixed grid, meet a set; the set has box dimension d
// where N(s) ~ s^-d. (Falconer, Fractal Geometry, 3rd ed. 2014, ch. 2.)
#pragma once
#include <thalweg/core/types.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace thalweg {

/// A set of cells of a grid, row by row.
struct CellSet {
  Index rows = 0, columns = 0;
  std::vector<std::uint8_t> cells{};  ///< 1: in the set
  [[nodiscard]] Index count() const;
};

/// The cells of the dual grid between neighbouring points, (rows - 1, columns - 1), whose four
/// corners do not have one sign: where the boundary passes. `values` row by row, none of them 0.
CellSet sign_changes(std::span<const double> values, Index rows, Index columns);

/// 2, 4, 8, ... up to an eighth of `side`: smaller ones see the grid, larger ones the frame.
std::vector<Index> box_sizes(Index side);

/// N(s) for each s; boxes at the ends of rows and columns may be smaller.
std::vector<Index> box_counts(const CellSet& set, const std::vector<Index>& sizes);

/// -d ln N / d ln s between neighbouring sizes; empty when the set is.
std::vector<double> box_slopes(const std::vector<Index>& sizes, const std::vector<Index>& counts);

/// The q-quantile of numbers, linear between them (type 7 of Hyndman & Fan, 1996); NaN of none.
double quantile(std::vector<double> x, double q);

}  // namespace thalweg
