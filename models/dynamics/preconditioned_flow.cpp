#include <thalweg/models/dynamics/preconditioned_flow.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>

namespace thalweg {

SymmetricProduct damped(Curvature& curvature, double damping) {
  return [&curvature, damping](MatIn V, MatOut MV) {
    curvature.hvp(V, MV);
    if (damping != 0.0) MV += damping * V;
  };
}

void require_converged(const LinearSolution& solution, const std::string& flow, double tolerance,
                       Index max_products) {
  if (solution.converged) return;
  throw MotionError(fmt::format(
      "{}: the linear solve reached a residual of {:.2g} in max_products = {}, asked {:g}; "
      "raise max_products, the tolerance or the damping",
      flow, solution.residual, max_products, tolerance));
}

}  // namespace thalweg
