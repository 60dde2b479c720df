#include <thalweg/models/dynamics/natural_gradient_flow.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/models/dynamics/preconditioned_flow.hpp>

namespace thalweg {

Doc NaturalGradientFlow::doc() {
  return {
      .summary = "natural-gradient flow: gradient flow preconditioned by Fisher or Gauss-Newton",
      .equation =
          "(F(q) + damping I) q' = -grad L(q); F = mean_s J_s' grad^2_f loss J_s; mse without "
          "damping and with J of full row rank: f(t) - y = exp(-t) (f(0) - y)",
      .source =
          "S. Amari, Natural gradient works efficiently in learning, Neural Computation 10 "
          "(1998) 251; J. Martens, New insights and perspectives on the natural gradient "
          "method, JMLR 21 (2020)",
      .notes =
          "Matrix-free, by conjugate gradients on exact products. A network with more "
          "parameters than outputs has a singular F; the gradient lies in its range, but "
          "rounding does not, so a little damping is the default. It changes the rate of a "
          "mode of eigenvalue f to f/(f + damping). The empirical Fisher matrix is another "
          "matrix and no approximation of the others (Kunstner, Balles and Hennig 2019)."};
}

Motion NaturalGradientFlow::operator()(const AnyPotential& potential) const {
  const CurvatureKind kind = curvature_of(matrix);
  if (!potential.has_curvature(kind))
    throw ModelError(fmt::format(
        "natural_gradient_flow needs a {}, which exists for losses of outputs over "
        "samples and which this model does not offer; use newton_flow, or another model",
        curvature_title(kind)));
  return AnySystem(
      PreconditionedFlow(potential, [o = *this, kind](const AnyPotential& p, In q, In b, Out x) {
        const auto F = p.at(q, kind);
        const auto solution =
            conjugate_gradients(damped(*F, o.damping), b, x, o.tolerance, o.max_products);
        if (solution.indefinite)
          throw MotionError(
              fmt::format("natural_gradient_flow: the {} is singular to rounding along the "
                          "gradient with damping = {:g}; raise the damping",
                          curvature_title(kind), o.damping));
        require_converged(solution, "natural_gradient_flow", o.tolerance, o.max_products);
      }));
}

}  // namespace thalweg
