// How an adaptive method chooses its steps: tolerances, limits and a PI controller.
//   h_new = h * clamp(safety * e_n^(-0.7/k) * e_{n-1}^(0.4/k), min_factor, max_factor)
// for an error estimate e ~ h^k, scaled so that 1 is acceptable; after a rejection no growth.
// Source: Gustafsson 1991; Hairer, Norsett, Wanner, Solving ODEs I, II.4, and II, IV.2.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/types.hpp>

#include <optional>
#include <string>

namespace thalweg {

struct StepControl {
  double rtol = 1e-6;           ///< relative tolerance of one step
  double atol = 1e-9;           ///< absolute tolerance of one step, in the unit of the state
  std::optional<double> dt0{};  ///< first step; chosen from the right-hand side when absent
  double dt_min = 0.0;          ///< an error when the tolerance wants less
  std::optional<double> dt_max{};
  double safety = 0.9, min_factor = 0.2, max_factor = 5.0;

  void fields(Fields& f);
  /// @throws ConfigError when no step could satisfy it, for one rtol = 0 and atol = 0.
  void check() const;
  /// The same control with rtol and atol multiplied by `factor`.
  [[nodiscard]] StepControl scaled(double factor) const;
  /// "rtol 1e-06, atol 1e-09, RMS norm, PI control".
  [[nodiscard]] std::string text() const;
};

/// The controller's memory between steps.
struct PiController {
  double previous_error = 1.0;
  bool after_rejection = false;

  /// Factor for the next step after an accepted one with scaled error `error` ~ h^k.
  double accepted(const StepControl& control, double error, int k);
  /// Factor for the retry after a rejected one.
  double rejected(const StepControl& control, double error, int k);
};

}  // namespace thalweg
