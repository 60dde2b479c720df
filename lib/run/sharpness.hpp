// The sharpness of a run, the largest eigenvalue of the Hessian by value, tracked from row to row
// by a warm-started Lanczos.
#pragma once
#include <thalweg/run/quantities.hpp>

namespace thalweg {

/// Where the Hessian is taken: at the point itself, or for a map at the second-order midpoint
/// (w_{n-1} + 2 w_n + w_{n+1}) / 4, which does not feel the bouncing from wall to wall.
enum class SharpnessPoint { iterate, midpoint };

class Sharpness final : public Accumulator {
 public:
  /// Relative residual |H u - lambda u| / max |lambda|: lambda is off by no more than this share.
  static constexpr double tolerance = 1e-4;
  static constexpr Index max_products = 300;
  /// Every so many values the search starts anew from a random vector: a direction that has risen
  /// unseen is found then.
  static constexpr Index cold_every = 20;

  Sharpness(std::string name, SharpnessPoint point) : name_(std::move(name)), point_(point) {}

  /// NaN when it has not converged, and for a midpoint at the start, which has no point before it.
  /// Only a midpoint looks at the stepper.
  double at(Probe& probe, Stepper* stepper);

  /// How the number is found, for the output.
  static std::string comment();

  void start(double, In) override { forget(); }
  void on_step(Stepper&, double, double) override {}
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  void forget();

  std::string name_;
  SharpnessPoint point_;
  Vec q_, direction_;
  Index calls_ = 0;
};

/// The quantities "sharpness" and "sharpness_midpoint". @throws ModelError when the potential has
/// no Hessian product, or a midpoint is asked of a flow.
Quantity sharpness(RunContext& context);
Quantity sharpness_midpoint(RunContext& context);

}  // namespace thalweg
