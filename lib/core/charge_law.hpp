// How a motion changes the charges of a symmetry: what is conserved under gradient flow is broken
// by the steps of descent, by an amount that is known exactly, and decays under friction.
#pragma once
#include <thalweg/core/symmetry.hpp>
#include <thalweg/core/types.hpp>

#include <functional>
#include <string>

namespace thalweg {

/// A dynamics that knows its law offers `shared_ptr<const ChargeLaw> charge_law() const`. The state
/// x of the motion begins with the parameters of the potential.
class ChargeLaw {
 public:
  /// The state at a time inside the interval that is looked at; valid until the next call.
  using Path = std::function<const Vec&(double t)>;

  virtual ~ChargeLaw() = default;

  /// The law as a formula; empty when none is known for a symmetry of this kind.
  [[nodiscard]] virtual std::string equation(Symmetry::Kind kind) const = 0;
  /// The charges are sums over every step, so that they cannot be had from single states.
  [[nodiscard]] virtual bool needs_every_step(const Symmetry& symmetry) const = 0;
  /// The law holds to rounding, not to the tolerance of an integration.
  [[nodiscard]] virtual bool is_identity() const = 0;
  /// y.col(0) = the charges at (t, x); y.col(1) = their rate or what else the law carries along.
  virtual void charges(const Symmetry& symmetry, In x, double t, MatOut y) const = 0;
  /// How large the charges could be at x: what a deviation is relative to.
  [[nodiscard]] virtual double scale(const Symmetry& symmetry, In x) const = 0;
  /// y from t_from to t_to: inside one step when `needs_every_step`, else over any time and without
  /// a look at the path.
  virtual void advance(const Symmetry& symmetry, double t_from, double t_to, const Path& path,
                       MatOut y) const = 0;
};

}  // namespace thalweg
