#include <thalweg/models/systems/harmonic.hpp>

#include <cmath>

namespace thalweg {

Doc Harmonic::doc() {
  return {.summary = "damped harmonic oscillator",
          .equation = "m x'' + gamma x' + k x = 0",
          .source = "Landau and Lifshitz, Mechanics, 1976, section 25"};
}

// exp(A t) = e^{mu t} (C I + S (A - mu I)), mu = tr A / 2, (A - mu)^2 = s2 I, with C = cosh(s t)
// and S = sinh(s t) / s, or cos and sin where s2 < 0.
bool Harmonic::exact(In x0, double t, Out x) const {
  const double mu = -0.5 * damping / mass, s2 = mu * mu - stiffness / mass;
  const double s = std::sqrt(std::abs(s2)), decay = std::exp(mu * t);
  const double C = s2 < 0.0 ? std::cos(s * t) : std::cosh(s * t);
  const double S = s == 0.0 ? t : (s2 < 0.0 ? std::sin(s * t) : std::sinh(s * t)) / s;
  const double p = x0[0], v = x0[1];
  x[0] = decay * (C * p + S * (v - mu * p));
  x[1] = decay * (C * v + S * (mu * v - stiffness / mass * p));
  return true;
}

}  // namespace thalweg
