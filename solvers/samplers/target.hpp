// What is drawn from: the density exp(-U(q)/T), as the energy U/T and its gradient.
#pragma once
#include <thalweg/core/potential.hpp>

#include <limits>
#include <utility>

namespace thalweg {

class Target {
 public:
  Target(AnyPotential potential, double temperature)
      : potential_(std::move(potential)), temperature_(temperature) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  [[nodiscard]] const AnyPotential& potential() const { return potential_; }
  [[nodiscard]] double temperature() const { return temperature_; }

  /// U(q)/T, with its gradient in g.
  double operator()(In q, Out g) const { return scaled(potential_.value_and_gradient(q, g), g); }
  /// The same from a batch of samples.
  double operator()(In q, std::span<const Index> batch, Out g) const {
    return scaled(potential_.value_and_gradient(q, batch, g), g);
  }
  /// Inside a trajectory a point that cannot be computed has an infinite energy.
  double or_infinite(In q, Out g) const {
    try {
      return (*this)(q, g);
    } catch (const SolveError&) {
      return std::numeric_limits<double>::infinity();
    }
  }
  /// -U for an energy u = U/T.
  [[nodiscard]] double lp(double u) const { return -temperature_ * u; }

 private:
  double scaled(double u, Out g) const {
    if (temperature_ == 1.0) return u;
    g /= temperature_;
    return u / temperature_;
  }

  AnyPotential potential_;
  double temperature_;
};

}  // namespace thalweg
