#include <thalweg/models/potentials/quadratic.hpp>

#include <cmath>

namespace thalweg {

Quadratic::Quadratic(Vec spectrum, Index reflections, Index seed)
    : given_spectrum_(spectrum.begin(), spectrum.end()), reflections_(reflections), seed_(seed) {
  prepare();
}

Doc Quadratic::doc() {
  return {.summary = "quadratic valley with a given spectrum, randomly rotated",
          .equation = "L(q) = 1/2 q' H q, H = Q diag(lambda) Q'",
          .source = "Nocedal and Wright, Numerical Optimization, 2006, section 3.3",
          .notes =
              "Q is a product of random Householder reflections; the gradient flow is known in "
              "closed form, q(t) = Q exp(-lambda t) Q' q0"};
}

void Quadratic::fields(Fields& f) {
  f("spectrum", given_spectrum_, "1/time", "eigenvalues of H; empty: made from dim and below");
  const bool given = f.reading() && !given_spectrum_.empty();
  for (const char* key : {"dim", "condition_number", "largest", "spacing"})
    if (given && f.given(key))
      f.reject(key, "has no meaning beside a given spectrum: remove one of them");
  if (!given) {
    f("dim", dim_, "1", "number of parameters, when no spectrum is given", at_least(1));
    f("condition_number", condition_number_, "1", "largest over smallest eigenvalue",
      at_least(1.0));
    f("largest", largest_, "1/time", "largest eigenvalue", positive());
    f("spacing", spacing_, "", "spacing of the eigenvalues", one_of({"log", "linear"}));
  }
  f("reflections", reflections_, "1", "random reflections that rotate the axes; 0: no rotation",
    at_least(0));
  f("seed", seed_, "1", "seed of the reflections", at_least(0));
}

void Quadratic::prepare() {
  if (given_spectrum_.empty()) {
    // Not resize: when memory runs out, Eigen's leaves a pointer behind that is freed twice.
    lambda_ = Vec(dim_);
    const double smallest = largest_ / condition_number_;
    for (Index i = 0; i < dim_; ++i) {
      const double s = dim_ > 1 ? static_cast<double>(i) / static_cast<double>(dim_ - 1) : 1.0;
      lambda_[i] = spacing_ == "log" ? largest_ * std::pow(condition_number_, s - 1.0)
                                     : smallest + s * (largest_ - smallest);
    }
  } else {
    lambda_ =
        Eigen::Map<const Vec>(given_spectrum_.data(), static_cast<Index>(given_spectrum_.size()));
  }
  Rng rng(static_cast<std::uint64_t>(seed_), "quadratic");
  w_ = Mat(dim(), reflections_);
  for (Index j = 0; j < reflections_; ++j) {
    rng.fill_normal(w_.col(j));
    w_.col(j).normalize();
  }
}

void Quadratic::to_modes(Out x) const {
  for (Index j = 0; j < w_.cols(); ++j) x -= (2.0 * w_.col(j).dot(x)) * w_.col(j);
}

void Quadratic::from_modes(Out x) const {
  for (Index j = w_.cols(); j-- > 0;) x -= (2.0 * w_.col(j).dot(x)) * w_.col(j);
}

void Quadratic::hvp(In, In v, Out Hv) const {
  Hv = v;
  to_modes(Hv);
  Hv.array() *= lambda_.array();
  from_modes(Hv);
}

double Quadratic::value(In q) const {
  thread_local Vec modes;
  modes = q;
  to_modes(modes);
  return 0.5 * (lambda_.array() * modes.array().square()).sum();
}

double Quadratic::value_and_gradient(In q, Out g) const {
  g = q;
  to_modes(g);
  const double L = 0.5 * (lambda_.array() * g.array().square()).sum();
  g.array() *= lambda_.array();
  from_modes(g);
  return L;
}

void Quadratic::third(In, In, In, Out Tuv) const { Tuv.setZero(); }

Vec Quadratic::initial_state(Rng& rng) const {
  Vec q(dim());
  rng.fill_normal(q);
  return q;
}

bool Quadratic::exact_flow(In q0, double t, Out q) const {
  q = q0;
  to_modes(q);
  q.array() *= (-t * lambda_.array()).exp();
  from_modes(q);
  return true;
}

std::optional<double> Quadratic::minimum_value() const {
  if ((lambda_.array() < 0.0).any()) return std::nullopt;
  return 0.0;
}

}  // namespace thalweg
