#include <thalweg/models/potentials/double_well.hpp>

#include <cmath>

namespace thalweg {

Doc DoubleWell::doc() {
  return {.summary = "double well in each coordinate",
          .equation = "L(q) = 1/4 sum_i (q_i^2 - 1)^2",
          .source = "Strogatz, Nonlinear Dynamics and Chaos, 2015, section 2.7",
          .notes =
              "gradient flow in closed form, q(t)^2 = 1/(1 + (q0^-2 - 1) exp(-2t)); descent "
              "loses the minimum at eta = 1 and is conjugate to a Chebyshev map at eta = 2"};
}

double DoubleWell::value(In q) const { return 0.25 * (q.array().square() - 1.0).square().sum(); }

void DoubleWell::gradient(In q, Out g) const { g = q.array() * (q.array().square() - 1.0); }

void DoubleWell::hvp(In q, In v, Out Hv) const {
  Hv = (3.0 * q.array().square() - 1.0) * v.array();
}

void DoubleWell::third(In q, In u, In v, Out Tuv) const {
  Tuv = 6.0 * q.array() * u.array() * v.array();
}

Vec DoubleWell::initial_state(Rng& rng) const {
  Vec q(n);
  rng.fill_normal(q);
  return 0.5 * q;
}

// Written without q0^-2, so that the saddle q0 = 0 stays where it is and signs are kept.
bool DoubleWell::exact_flow(In q0, double t, Out q) const {
  const auto square = q0.array().square();
  q = q0.array() / (square + (1.0 - square) * std::exp(-2.0 * t)).sqrt();
  return true;
}

}  // namespace thalweg
