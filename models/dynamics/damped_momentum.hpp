// m q'' + gamma q' + grad L(q) = 0: learning with momentum as a damped particle. State (q, v) with
// v = q'. Heavy ball with (eta, beta) is its central difference quotient with time step h,
//   beta = (2m - gamma h) / (2m + gamma h),  eta = 2h^2 / (2m + gamma h)
//   <=>  m = h^2 (1 + beta) / (2 eta),       gamma = h (1 - beta) / eta,
// which is exact: the two agree to order h^2. The often quoted m = h^2 / eta (1 for h = sqrt(eta)),
// gamma = h (1 - beta) / eta agrees to order h.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/mechanics.hpp>
#include <thalweg/core/model.hpp>

#include <optional>
#include <string>

namespace thalweg {

/// The particle that heavy ball with these numbers follows to second order in the time h of a step.
[[nodiscard]] Mechanics particle_of_heavy_ball(double learning_rate, double momentum, double h);

/// The same to first order only: without the factor (1 + beta) / 2 of the mass.
[[nodiscard]] Mechanics first_order_particle(double learning_rate, double momentum, double h);

struct HeavyBallNumbers {
  double learning_rate, momentum;
};

/// Heavy ball that follows the particle: the inverse of particle_of_heavy_ball.
[[nodiscard]] HeavyBallNumbers heavy_ball_of_particle(const Mechanics& particle, double h);

struct DampedMomentum {
  std::optional<double> mass{}, friction{};
  std::optional<double> learning_rate{}, momentum{}, step{};
  std::string correspondence = "second_order";

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] Mechanics particle() const;
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
