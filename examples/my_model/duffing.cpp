// Duffing's oscillator: x'' + delta x' + alpha x + beta x^3 = gamma cos(omega t).
#include <thalweg/model.hpp>
using namespace thalweg;

struct Duffing {
  double delta = 0.3, alpha = -1.0, beta = 1.0, gamma = 0.5, omega = 1.2;

  void fields(auto& f) {
    f("delta", delta, "1/time", "damping rate", at_least(0.0));
    f("alpha", alpha, "1/time^2", "linear stiffness");
    f("beta", beta, "1/(time length)^2", "cubic stiffness");
    f("gamma", gamma, "length/time^2", "drive amplitude");
    f("omega", omega, "1/time", "drive frequency");
  }
  Index dim() const { return 2; }
  Layout layout() const { return {{"x", 0, {}, "length"}, {"v", 1, {}, "length/time"}}; }
  Vec initial_state(Rng&) const { return Vec::Unit(2, 0); }
  void rhs(In x, Out dxdt, double t) const {
    dxdt[0] = x[1];
    dxdt[1] = -delta * x[1] - alpha * x[0] - beta * std::pow(x[0], 3) + gamma * std::cos(omega * t);
  }
  double energy(In x) const {
    return 0.5 * x[1] * x[1] + 0.5 * alpha * x[0] * x[0] + 0.25 * beta * std::pow(x[0], 4);
  }
};
THALWEG_MODEL(Duffing, "duffing", "damped, driven double-well oscillator")
