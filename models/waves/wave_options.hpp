// What a user may say of a linear residual net: its cells and medium, the input and the loss.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// A bump on the cells: where the wave starts, or where the loss looks.
struct WaveSource {
  std::string shape = "gaussian";
  std::vector<double> at{};  ///< cell, or row and column; empty: the middle
  double width = 8.0;

  void fields(Fields& f);
};

struct WaveOptions {
  std::vector<Index> cells{512};
  double mu = 0.64, damping = 0.0;
  std::string profile = "constant", boundary = "periodic";
  double mu_inside = 0.16;  ///< of a step or a lens
  std::vector<double> profile_at{};
  double profile_width = 40.0;
  std::vector<double> mu_cells{};  ///< of profile "cells", row by row
  std::string mu_file{};           ///< of profile "file", which fills mu_cells
  Index layers = 400;
  bool unstable = false;
  WaveSource pulse{};
  std::string direction = "both";
  std::vector<Index> mode{};  ///< travelling mode in place of the pulse
  WaveSource target{};
  std::string loss = "increment";

  void fields(Fields& f);
  /// Reads mu_file. @throws IoError; ModelError when it has another shape than cells.
  void read_mu();
  /// @throws ModelError when sizes, positions, mode and boundary do not fit or the net is unstable.
  void check() const;
  [[nodiscard]] double largest_mu() const;
  [[nodiscard]] double courant() const;  ///< d max(mu) / (1 - gamma/2), stable up to 1
  /// Whether each cell has a mu of its own.
  [[nodiscard]] bool has_mu_cells() const { return profile == "cells" || profile == "file"; }
};

}  // namespace thalweg
