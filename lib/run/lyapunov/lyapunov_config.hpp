// The table [lyapunov]: how fast small differences grow, by which method, for how long.
#pragma once
#include <thalweg/chaos/lyapunov.hpp>
#include <thalweg/core/fields.hpp>

#include <string>

namespace thalweg {

/// Times are model time of a flow, steps of a map.
struct LyapunovConfig {
  std::string method = "tangent", derivatives = "exact";
  Index exponents = 1, starts = 4;
  double start = 0.0;
  double transient = 100.0, duration = 1000.0, interval = 1.0;
  double target_error = 0.0, spread = 0.01, separation = 1e-8, escape = 1e6;
  std::string place{};  ///< where it stands in the file

  void fields(Fields& f);
  /// `dim`: unknowns of the motion; exponents = 0 means all of them.
  [[nodiscard]] LyapunovOptions options(Index dim) const;
  [[nodiscard]] bool by_differences() const { return derivatives == "differences"; }
  /// Whole intervals until the end.
  [[nodiscard]] Index intervals() const;
};

}  // namespace thalweg
