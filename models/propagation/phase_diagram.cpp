#include <thalweg/models/propagation/phase_diagram.hpp>

#include <cmath>
#include <limits>
#include <memory>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/propagation/mean_field.hpp>

namespace thalweg {

namespace {

std::vector<double> spaced(double low, double high, Index points) {
  std::vector<double> all;
  for (Index i = 0; i < points; ++i)
    all.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(points - 1));
  return all;
}

Vec log_chi(mlp_kernel::Activation activation, const std::vector<double>& sigma_w,
            const std::vector<double>& sigma_b) {
  const auto across = static_cast<Index>(sigma_w.size());
  Vec all(across * static_cast<Index>(sigma_b.size()));
  parallel_for(static_cast<std::ptrdiff_t>(sigma_b.size()), [&](std::ptrdiff_t i, int) {
    for (Index j = 0; j < across; ++j) {
      const MeanField field(activation, sigma_w[static_cast<std::size_t>(j)],
                            sigma_b[static_cast<std::size_t>(i)]);
      all[i * across + j] = std::log(field.chi(field.fixed_point()));
    }
  });
  return all;
}

}  // namespace

void PhaseGrid::fields(Fields& f) {
  f("sigma_w_low", sigma_w_low, "1", "first sigma_w of the phase diagram", positive());
  f("sigma_w_high", sigma_w_high, "1", "last one", positive());
  f("sigma_w_points", sigma_w_points, "1", "how many", between(2, 1000));
  f("sigma_b_low", sigma_b_low, "1", "first sigma_b of the phase diagram", at_least(0.0));
  f("sigma_b_high", sigma_b_high, "1", "last one", positive());
  f("sigma_b_points", sigma_b_points, "1", "how many", between(2, 1000));
  if (!f.reading()) return;
  if (sigma_w_high <= sigma_w_low) f.reject("sigma_w_high", "must be > sigma_w_low");
  if (sigma_b_high <= sigma_b_low) f.reject("sigma_b_high", "must be > sigma_b_low");
}

Observables phase_observables(mlp_kernel::Activation activation, const PhaseGrid& grid) {
  const auto across = spaced(grid.sigma_w_low, grid.sigma_w_high, grid.sigma_w_points);
  const auto up = spaced(grid.sigma_b_low, grid.sigma_b_high, grid.sigma_b_points);
  const Axis sigma_w{.name = "sigma_w",
                     .size = grid.sigma_w_points,
                     .long_name = "standard deviation of sqrt(N) W",
                     .values = across};
  const Axis sigma_b{.name = "sigma_b",
                     .size = grid.sigma_b_points,
                     .long_name = "standard deviation of b",
                     .values = up};
  Observables all;
  all.push_back({{.name = "log_chi",
                  .long_name = "ln chi_1, growth of ln |delta|^2 in a layer",
                  .comment = "mean-field theory at the fixed point that q = 1 leads to; positive: "
                             "gradients explode and inputs part, negative: both vanish",
                  .axes = {sigma_b, sigma_w}},
                 [=, map = std::make_shared<Vec>()](In, double, Out out) {
                   // The same at every row: computed once.
                   if (map->size() == 0) *map = log_chi(activation, across, up);
                   out = *map;
                 }});
  all.push_back({{.name = "critical_sigma_w",
                  .long_name = "edge of chaos, the sigma_w with chi_1 = 1",
                  .axes = {sigma_b}},
                 [=](In, double, Out out) {
                   for (std::size_t i = 0; i < up.size(); ++i) {
                     const auto edge = critical_point(activation, up[i]);
                     out[static_cast<Index>(i)] =
                         edge ? edge->sigma_w : std::numeric_limits<double>::quiet_NaN();
                   }
                 }});
  return all;
}

}  // namespace thalweg
