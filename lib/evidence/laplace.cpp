#include <thalweg/evidence/laplace.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <thalweg/numerics/dense.hpp>
#include <thalweg/numerics/lbfgs.hpp>

namespace thalweg {

namespace {

SymmetricEigen hessian_modes(const AnyPotential& posterior, In q) {
  const Index d = posterior.dim();
  Mat H(d, d);
  posterior.at(q)->hvp(Mat::Identity(d, d), H);
  return symmetric_eigen(0.5 * (H + H.transpose()));
}

}  // namespace

Laplace laplace(const AnyPotential& posterior, In start) {
  const Index d = posterior.dim();
  Lbfgs descent(d, std::min<Index>(20, std::max<Index>(d, 1)));
  const auto f = [&](In q, Out g) { return posterior.value_and_gradient(q, g); };
  descent.start(start, f);
  descent.minimise(f, 1e-6, 10000);
  auto modes = hessian_modes(posterior, descent.q);
  const auto newton = [&]() -> Vec {
    return modes.vectors * (modes.vectors.transpose() * descent.g).cwiseQuotient(modes.values);
  };
  // Newton's steps make the mode sharp, and tell whether it is one.
  for (int i = 0; i < 3 && modes.values[0] > 0.0; ++i) {
    descent.start(descent.q - newton(), f);
    modes = hessian_modes(posterior, descent.q);
  }
  if (!std::isfinite(descent.value) || !(modes.values[0] > 0.0))
    throw SolveError(fmt::format(
        "Laplace's approximation found no minimum of U: the smallest eigenvalue of the Hessian is "
        "{:.3g} where the gradient is {:.3g}; start elsewhere, or use a prior that is not flat",
        modes.values[0], descent.gradient_size()));
  // Half the square of Newton's step in units of the width: how far U is from its minimum.
  const double above = 0.5 * descent.g.dot(newton());
  if (!(above < 1e-6))
    throw SolveError(fmt::format(
        "Laplace's approximation did not reach the minimum of U: {:.3g} nats remain; start nearer",
        above));
  return {.log_evidence = -descent.value +
                          0.5 * static_cast<double>(d) * std::log(2.0 * std::numbers::pi) -
                          0.5 * modes.values.array().log().sum(),
          .mode = descent.q,
          .covariance =
              modes.vectors * modes.values.cwiseInverse().asDiagonal() * modes.vectors.transpose(),
          .gradient_size = descent.gradient_size()};
}

}  // namespace thalweg
