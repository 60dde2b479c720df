#include <thalweg/models/posteriors/gaussian.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace thalweg {

Doc Gaussian::doc() {
  return {
      .summary = "correlated Gaussian target with a given condition number",
      .equation =
          "U = q' S^-1 q/2, S = Q' diag(l) Q, l_k = largest condition^(-k/(dim-1)), k = 0..dim-1;\n"
          "Q_ki = sqrt(2/dim) cos(pi (i+1/2) k/dim), row 0 over sqrt 2 (orthonormal DCT-II);\n"
          "ln Z = (dim/2) ln 2 pi + (1/2) sum_k ln l_k",
      .source = "R. Neal, MCMC using Hamiltonian dynamics, 2011, section 5.4.1 (the idea)",
      .notes =
          "as given U leaves out ln Z, so that exp(-U) integrates to Z; normalised = true adds "
          "it. With Q the marginal standard deviations are nearly equal: a diagonal metric "
          "cannot help. Exact draws, moments and gradient flow are known"};
}

void Gaussian::fields(Fields& f) {
  f("dim", dimension, "1", "number of parameters", between(1, 1e4));
  f("condition", condition, "1", "largest over smallest variance", at_least(1.0));
  f("largest", largest, "1", "largest variance", positive());
  f("rotation", rotation, "", "Q: the cosine transform, or none", one_of({"dct", "none"}));
  f("normalised", normalised, "1", "whether U has the constant ln Z");
}

void Gaussian::prepare() {
  auto p = std::make_shared<Parts>();
  const Index d = dimension;
  const auto n = static_cast<double>(d);
  p->variances = Vec(d);
  for (Index k = 0; k < d; ++k)
    p->variances[k] =
        largest * (d > 1 ? std::pow(condition, -static_cast<double>(k) / (n - 1.0)) : 1.0);
  p->Q = Mat::Identity(d, d);
  if (rotation == "dct")
    for (Index k = 0; k < d; ++k)
      for (Index i = 0; i < d; ++i)
        p->Q(k, i) = std::sqrt((k == 0 ? 1.0 : 2.0) / n) *
                     std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) *
                              static_cast<double>(k) / n);
  p->S = p->Q.transpose() * p->variances.asDiagonal() * p->Q;
  p->precision =
      mlp_kernel::PackedMatrix(p->Q.transpose() * p->variances.cwiseInverse().asDiagonal() * p->Q);
  p->log_normaliser =
      0.5 * n * std::log(2.0 * std::numbers::pi) + 0.5 * p->variances.array().log().sum();
  parts_ = std::move(p);
}

double Gaussian::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return value_and_gradient(q, g);
}

double Gaussian::value_and_gradient(In q, Out g) const {
  parts_->precision(q, g);
  return 0.5 * q.dot(g) + (normalised ? parts_->log_normaliser : 0.0);
}

void Gaussian::hvp(In, In v, Out Hv) const { parts_->precision(v, Hv); }

Vec Gaussian::initial_state(Rng& rng) const {
  Vec q(dim());
  rng.fill_normal(q);
  return 2.0 * std::sqrt(largest) * q;
}

bool Gaussian::exact_flow(In q0, double t, Out q) const {
  const Vec decay = (-t * parts_->variances.array().inverse()).exp();
  q = parts_->Q.transpose() * (decay.asDiagonal() * (parts_->Q * q0));
  return true;
}

std::optional<double> Gaussian::minimum_value() const {
  return normalised ? parts_->log_normaliser : 0.0;
}

Facts Gaussian::facts() const {
  return {{"density",
           fmt::format("Gaussian of {} dimensions, variances {:.6g} to {:.6g}, {}", dim(),
                       parts_->variances[0], parts_->variances[dim() - 1],
                       rotation == "dct" ? "rotated by the cosine transform" : "along the axes")},
          {"log_evidence", fmt::format("{:.17g} (exact)", log_evidence())}};
}

void Gaussian::draw(Rng& rng, Out q) const {
  Vec z(dim());
  rng.fill_normal(z);
  z.array() *= parts_->variances.array().sqrt();
  q.noalias() = parts_->Q.transpose() * z;
}

double Gaussian::log_evidence() const { return normalised ? 0.0 : parts_->log_normaliser; }

}  // namespace thalweg
