// Small systems with known solutions, and every solver by name, for the tests of solvers/.
#pragma once
#include <thalweg/core/system.hpp>
#include <thalweg/solvers/automatic.hpp>
#include <thalweg/solvers/implicit/rosenbrock.hpp>
#include <thalweg/solvers/implicit/sdirk.hpp>
#include <thalweg/solvers/mechanics/methods.hpp>
#include <thalweg/solvers/odeint/methods.hpp>
#include <thalweg/solvers/stabilised/rkc2.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace thalweg::test {

/// A system from a lambda f(x, dxdt, t).
template <class F>
struct Lambda {
  Index n;
  F f;
  Index dim() const { return n; }
  void rhs(In x, Out dxdt, double t) const { f(x, dxdt, t); }
};
template <class F>
AnySystem lambda_system(Index n, F f) {
  return AnySystem(Lambda<F>{n, std::move(f)});
}

/// u' = -2 t u^2, w' = w cos t + u - 1/(1 + t^2): nonlinear, coupled, time-dependent; with u(0) =
/// 1, w(0) = 1 the solution is u = 1/(1 + t^2), w = exp(sin t).
struct NonlinearToy {
  Index dim() const { return 2; }
  void rhs(In x, Out dxdt, double t) const {
    dxdt[0] = -2.0 * t * x[0] * x[0];
    dxdt[1] = x[1] * std::cos(t) + x[0] - 1.0 / (1.0 + t * t);
  }
  void jvp(In x, In v, Out Jv, double t) const {
    Jv[0] = -4.0 * t * x[0] * v[0];
    Jv[1] = v[1] * std::cos(t) + v[0];
  }
  static Vec solution(double t) {
    return Eigen::Vector2d(1.0 / (1.0 + t * t), std::exp(std::sin(t)));
  }
};

/// x' = -lambda_i (x_i - cos t) - sin t, with the solution x_i = cos t: stiff when lambda is large.
struct StiffTracking {
  Vec lambda;
  Index dim() const { return lambda.size(); }
  void rhs(In x, Out dxdt, double t) const {
    dxdt = (-lambda.array() * (x.array() - std::cos(t)) - std::sin(t)).matrix();
  }
  void jvp(In, In v, Out Jv, double) const { Jv = -lambda.cwiseProduct(v); }
  bool is_gradient_flow() const { return true; }
};

struct VanDerPol {
  double mu;
  Index dim() const { return 2; }
  void rhs(In x, Out dxdt, double) const {
    dxdt[0] = x[1];
    dxdt[1] = mu * (1.0 - x[0] * x[0]) * x[1] - x[0];
  }
};

struct NamedSolver {
  std::string name;
  SolverFactory make;
};

/// Every solver; adaptive ones with these tolerances, the others with this step.
inline std::vector<NamedSolver> all_solvers(double tolerance, double dt) {
  const auto adaptive = [&](auto s) {
    s.rtol = s.atol = tolerance;
    return s;
  };
  const auto fixed = [&](auto s) {
    s.dt = dt;
    return s;
  };
  return {{"euler", fixed(Euler{})},
          {"rk4", fixed(RungeKutta4{})},
          {"adams_bashforth_moulton", fixed(AdamsBashforthMoulton{})},
          {"dopri5", adaptive(Dopri5{})},
          {"cash_karp54", adaptive(CashKarp54{})},
          {"fehlberg78", adaptive(Fehlberg78{})},
          {"bulirsch_stoer", adaptive(BulirschStoer{})},
          {"rkc2", adaptive(Rkc2{})},
          {"sdirk", adaptive(Sdirk{})},
          {"rosenbrock", adaptive(RosenbrockMethod{})},
          {"auto", adaptive(Automatic{})}};
}

/// The solvers that only second-order motions can have. Those for motions without friction first.
inline std::vector<NamedSolver> mechanical_solvers(double dt) {
  const auto fixed = [&](auto s) {
    s.dt = dt;
    return s;
  };
  return {{"velocity_verlet", fixed(VelocityVerlet{})},
          {"mclachlan4", fixed(McLachlan4{})},
          {"conformal_verlet", fixed(ConformalVerlet{})},
          {"implicit_midpoint", fixed(ImplicitMidpoint{})},
          {"discrete_gradient", fixed(DiscreteGradient{})}};
}
inline bool takes_friction(const NamedSolver& s) {
  return s.name != "velocity_verlet" && s.name != "mclachlan4";
}

/// Steps to t_end; throws what the stepper throws, and when `most_tries` do not suffice.
inline void advance(Stepper& stepper, double t_end, std::int64_t most_tries = 10'000'000) {
  for (std::int64_t i = 0; stepper.time() < t_end; ++i) {
    if (i == most_tries) throw SolveError("the test's own limit of tries was reached");
    stepper.step(t_end);
  }
}

}  // namespace thalweg::test
