#include <thalweg/models/dynamics/newton_flow.hpp>

#include <fmt/format.h>

#include <cmath>

#include <thalweg/core/error.hpp>
#include <thalweg/models/dynamics/preconditioned_flow.hpp>
#include <thalweg/numerics/matrix_function.hpp>
#include <thalweg/numerics/minimal_residual.hpp>

namespace thalweg {

namespace {

LinearSolution solve(const NewtonFlow& o, Curvature& H, In b, Out x) {
  if (o.negative_curvature == "absolute")
    return matrix_function([&o](double lambda) { return 1.0 / (std::abs(lambda) + o.damping); },
                           damped(H, 0.0), b, x, o.tolerance, o.max_products);
  if (o.negative_curvature == "follow")
    return minimal_residual(damped(H, o.damping), b, x, o.tolerance, o.max_products);
  const auto solution =
      conjugate_gradients(damped(H, o.damping), b, x, o.tolerance, o.max_products);
  if (solution.indefinite)
    throw MotionError(fmt::format(
        "newton_flow: the Hessian plus damping = {:g} has a direction of negative curvature, where "
        "Newton's flow climbs to saddles; raise the damping, start nearer to a minimum, or choose "
        "negative_curvature = \"absolute\" or \"follow\"",
        o.damping));
  return solution;
}

}  // namespace

Doc NewtonFlow::doc() {
  return {.summary = "Newton's flow: gradient flow preconditioned by the Hessian",
          .equation =
              "(H(q) + damping I) q' = -grad L(q); damping 0: grad L(q(t)) = exp(-t) grad L(q(0)); "
              "\"absolute\": (|H| + damping I) q' = -grad L, |H| = U |Lambda| U'",
          .source =
              "S. Smale, A convergent process of price adjustment and global Newton methods, "
              "J. Math. Econ. 3 (1976); Y. Dauphin et al., Identifying and attacking the saddle "
              "point problem in high-dimensional non-convex optimization, 2014",
          .notes =
              "Matrix-free, on exact Hessian products: conjugate gradients, the minimal residual "
              "method (GMRES for symmetric matrices) for \"follow\", and Lanczos' method for "
              "\"absolute\", whose tolerance is that of the change over five products, an "
              "estimate. The flattest mode is good to tolerance times the condition number. "
              "Caveat: undamped, Newton's flow is drawn to saddles as to minima, and where an "
              "eigenvalue passes zero its speed is infinite; \"absolute\" leaves saddles, needs "
              "8 bytes x parameters x max_products of memory at most, and its right-hand side has "
              "a jump where an eigenvalue passes zero unless it is damped."};
}

Motion NewtonFlow::operator()(const AnyPotential& potential) const {
  if (!potential.has_hvp()) throw ModelError("newton_flow needs a potential with Hessian products");
  return AnySystem(
      PreconditionedFlow(potential, [o = *this](const AnyPotential& p, In q, In b, Out x) {
        const auto curvature = p.at(q);
        require_converged(solve(o, *curvature, b, x), "newton_flow", o.tolerance, o.max_products);
      }));
}

}  // namespace thalweg
