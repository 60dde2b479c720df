// Order and chaos over (sigma_w, sigma_b): ln chi_1 on a grid and the line where it is 0.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

namespace thalweg {

struct PhaseGrid {
  double sigma_w_low = 0.5, sigma_w_high = 3.0, sigma_b_low = 0.0, sigma_b_high = 1.0;
  Index sigma_w_points = 41, sigma_b_points = 31;

  void fields(Fields& f);
};

/// "log_chi", ln chi_1 = ln chi(q*) with axes (sigma_b, sigma_w): positive where gradients explode
/// and inputs part, negative where both vanish; and "critical_sigma_w" with the axis sigma_b, NaN
/// where there is no edge. Computed when first recorded.
[[nodiscard]] Observables phase_observables(mlp_kernel::Activation activation,
                                            const PhaseGrid& grid);

}  // namespace thalweg
