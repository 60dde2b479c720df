// M(q) q' = -grad L(q): what the preconditioned flows share. The flow of one matrix M is a function
// that solves with it.
#pragma once
#include <thalweg/core/model.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/system.hpp>
#include <thalweg/numerics/conjugate_gradients.hpp>

#include <functional>
#include <string>

namespace thalweg {

class PreconditionedFlow {
 public:
  /// x = M(q)^-1 b. @throws MotionError when that cannot be done.
  using Solve = std::function<void(const AnyPotential& potential, In q, In b, Out x)>;

  PreconditionedFlow(AnyPotential potential, Solve solve)
      : potential_(std::move(potential)), solve_(std::move(solve)) {}

  [[nodiscard]] Index dim() const { return potential_.dim(); }
  void rhs(In q, Out dqdt, double) const {
    thread_local Vec g;
    g.resize(dim());
    potential_.gradient(q, g);
    g = -g;
    solve_(potential_, q, g, dqdt);
  }
  [[nodiscard]] double energy(In q) const { return potential_.value(q); }
  [[nodiscard]] Layout layout() const { return potential_.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return potential_.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return potential_.observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return &potential_; }

 private:
  AnyPotential potential_;
  Solve solve_;
};

/// Products of C + damping I, with C at a fixed point.
SymmetricProduct damped(Curvature& curvature, double damping);

/// @throws MotionError that names the flow and the numbers unless the solve converged.
void require_converged(const LinearSolution& solution, const std::string& flow, double tolerance,
                       Index max_products);

}  // namespace thalweg
