#include <thalweg/solvers/stabilised/spectral_radius.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/core/rng.hpp>

namespace thalweg {

namespace {

// Relative change in one product at which the iteration stops. On a dense spectrum it creeps up and
// many such changes are still to come; the margin of 1.05 is for those.
constexpr double enough = 0.004;
constexpr int most_iterations = 100;
// Share of the hint in the start vector: enough to be seen, too little to spoil a warm start.
constexpr double hint_share = 0.05;

}  // namespace

SpectralRadius::SpectralRadius(const AnySystem& system)
    : system_(system), margin_(system.is_gradient_flow() ? 1.05 : 1.2) {
  reset();
}

void SpectralRadius::reset() {
  rho_ = 0.0;
  v_.setZero(system_.dim());
  Jv_.setZero(system_.dim());
  x_shifted_.setZero(system_.dim());
}

void SpectralRadius::product(In x, In f, double t) {
  ++products_;
  if (exact_products()) {
    system_.jvp(x, v_, Jv_, t);
    return;
  }
  // |v| = 1: a shift of sqrt(eps) relative to the state balances rounding and curvature.
  const double d = std::sqrt(std::numeric_limits<double>::epsilon()) * std::max(norm(x), 1e-8);
  x_shifted_ = x + d * v_;
  system_.rhs(x_shifted_, Jv_, t);
  Jv_ = (Jv_ - f) / d;
}

void SpectralRadius::estimate(In x, In f, double t, In hint) {
  if (rho_ == 0.0) {
    // A gradient already weighs each eigenvector by its eigenvalue; a little noise makes sure that
    // no direction is absent, and serves alone at a stationary point.
    Rng(0, "spectral_radius").fill_normal(v_);
    const double size = norm(f), noise = norm(v_);
    if (size > 0.0) v_ = f / size + (0.01 / noise) * v_;
  } else if (const double size = norm(hint); size > 0.0 && std::isfinite(size)) {
    v_ += (hint_share / size) * hint;
  }
  v_ /= norm(v_);

  double previous = 0.0;
  for (int i = 0; i < most_iterations; ++i) {
    product(x, f, t);
    const double rho = norm(Jv_);
    if (!std::isfinite(rho))
      throw SolveError(fmt::format(
          "the Jacobian product at t = {:.10g} is not finite, so the spectral radius is unknown",
          t));
    if (rho == 0.0) {  // J v = 0: nothing is stiff here
      rho_ = 0.0;
      return;
    }
    v_ = Jv_ / rho;
    rho_ = rho;
    if (i > 0 && std::abs(rho - previous) <= enough * rho) return;
    previous = rho;
  }
}

void SpectralRadius::save(Archive& a, const std::string& p) const {
  a.put(p + "rho", rho_);
  a.put(p + "products", products_);
  a.put(p + "eigenvector", v_);
}

void SpectralRadius::load(const Archive& a, const std::string& p) {
  rho_ = a.real(p + "rho");
  products_ = a.integer(p + "products");
  v_ = a.vector(p + "eigenvector");
}

}  // namespace thalweg
