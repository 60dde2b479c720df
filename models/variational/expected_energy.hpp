// <U>, the expectation of a potential over a Gaussian family's member, with its gradient.
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/models/variational/gaussian_family.hpp>
#include <thalweg/numerics/gauss_quadrature.hpp>

#include <memory>

namespace thalweg {

class ExpectedEnergy {
 public:
  virtual ~ExpectedEnergy() = default;
  /// <U> over the member w; its gradient is added to g.
  virtual double operator()(In w, Out g) const = 0;
  /// Whether at() is there.
  [[nodiscard]] virtual bool has_hessian() const = 0;
  /// Hessian products of <U> at w; not longer than this object.
  [[nodiscard]] virtual std::unique_ptr<Curvature> at(In w) const = 0;
};

/// Gauss-Hermite quadrature along each linear predictor eta_i ~ N(x_i . m, |R' x_i|^2): without
/// noise, and exact to round-off when the phi_i are polynomials of degree below 2 nodes.
std::unique_ptr<ExpectedEnergy> gauss_hermite_energy(
    std::shared_ptr<const LinearPredictors> predictors, const GaussianFamily& family, Index nodes);

/// The mean over `draws` fixed standard normals z and as many -z: the same function at every call,
/// an unbiased estimate over seeds. What minimises it has seen the draws: there it is too small.
std::unique_ptr<ExpectedEnergy> common_draws_energy(const AnyPotential& potential,
                                                    const GaussianFamily& family, Index draws,
                                                    std::uint64_t seed);

/// <U> over the member w from other draws than those of common_draws_energy, so that it is unbiased
/// where that has been minimised, with its standard error.
struct EnergyEstimate {
  double mean, error;
};
EnergyEstimate energy_of_new_draws(const AnyPotential& potential, const GaussianFamily& family,
                                   In w, Index pairs, std::uint64_t seed);

}  // namespace thalweg
