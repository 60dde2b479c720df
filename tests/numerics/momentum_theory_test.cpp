// Momentum as a particle: heavy ball and its equation, Nesterov's equation and its closed forms,
// high-resolution equations, charges of symmetries and how descent breaks their conservation.
#include <support/catch.hpp>
#include <support/reference_motion.hpp>
#include <support/solver_toys.hpp>

#include <cmath>
#include <thalweg/models/dynamics/damped_momentum.hpp>
#include <thalweg/models/dynamics/gradient_descent.hpp>
#include <thalweg/models/dynamics/heavy_ball.hpp>
#include <thalweg/models/dynamics/high_resolution_flow.hpp>
#include <thalweg/models/dynamics/nesterov.hpp>
#include <thalweg/models/dynamics/nesterov_flow.hpp>
#include <thalweg/models/networks/deep_linear.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/systems/harmonic.hpp>

using namespace thalweg;
using test::integrate;
using test::iterate;

namespace {

AnySystem system_of(const Motion& motion) { return *motion.system(); }

// The state at t_end, to 12 digits.
Vec solve(const AnySystem& system, const Vec& x0, double t_end) {
  Dopri5 dopri5;
  dopri5.rtol = 1e-12;
  dopri5.atol = 1e-14;
  const auto stepper = dopri5(system, 1.0);
  stepper->reset(0.0, x0);
  test::advance(*stepper, t_end);
  return stepper->state();
}

std::vector<double> orders(const std::vector<double>& errors) {
  std::vector<double> all;
  for (std::size_t k = 0; k + 1 < errors.size(); ++k)
    all.push_back(std::log2(errors[k] / errors[k + 1]));
  return all;
}

Vec rest(const Vec& q) {
  Vec x = Vec::Zero(2 * q.size());
  x.head(q.size()) = q;
  return x;
}

}  // namespace

TEST_CASE("heavy ball and the particle are one-to-one", "[dynamics][mechanics]") {
  for (const double beta : {0.0, 0.5, 0.9, 0.99})
    for (const double h : {0.1, 1.0}) {
      const auto particle = particle_of_heavy_ball(0.03, beta, h);
      const auto back = heavy_ball_of_particle(particle, h);
      CHECK(back.learning_rate == Approx(0.03).epsilon(1e-14));
      CHECK(back.momentum == Approx(beta).epsilon(1e-13).margin(1e-16));
    }
  // With h = eta, the time of the map: mass (1 + beta) eta / 2, friction 1 - beta.
  const auto particle = DampedMomentum{.learning_rate = 0.2, .momentum = 0.8}.particle();
  CHECK(particle.mass == Approx(0.18).epsilon(1e-15));
  CHECK(particle.friction == Approx(0.2).epsilon(1e-15));
}

TEST_CASE("heavy ball follows the particle to second order, with the quoted mass to first",
          "[dynamics][mechanics][order]") {
  const AnyPotential well(DoubleWell{2});
  const Vec q0{{0.3, 1.5}};
  constexpr double t_end = 3.0, beta = 0.9;
  const Mechanics particle{.mass = 1.0, .friction = 0.6};
  const auto ball = [&](const HeavyBallNumbers& numbers, int n) {
    // At rest at t = 0: q(-h) = q0 - h^2 g / 2m + O(h^3), so v_0 = q0 - q(-h) = h^2 g / 2m.
    const double h = t_end / n;
    Vec x = rest(q0);
    well.gradient(q0, x.tail(2));
    x.tail(2) *= h * h / (2.0 * particle.mass);
    return Vec(
        iterate(*HeavyBall{numbers.learning_rate, numbers.momentum}(well).map(), x, n).head(2));
  };
  const Vec exact =
      solve(system_of(DampedMomentum{.mass = 1.0, .friction = 0.6}(well)), rest(q0), t_end).head(2);
  std::vector<double> second, first;
  for (const int n : {200, 400, 800, 1600}) {
    const double h = t_end / n;
    second.push_back((ball(heavy_ball_of_particle(particle, h), n) - exact).norm());
    // The quoted correspondence: eta = h^2 / m, beta = 1 - gamma h / m.
    first.push_back((ball({h * h, 1.0 - 0.6 * h}, n) - exact).norm());
  }
  for (const double o : orders(second)) CHECK(std::abs(o - 2.0) < 0.05);
  for (const double o : orders(first)) CHECK(std::abs(o - 1.0) < 0.05);
  // The other way round, from (eta, beta) with h = sqrt(eta) to the particle.
  const auto quoted = first_order_particle(0.04, beta, 0.2);
  CHECK(quoted.mass == Approx(1.0).epsilon(1e-14));
  CHECK(quoted.friction == Approx(0.1 / 0.2).epsilon(1e-14));
}

TEST_CASE("Nesterov's equation on a quadratic is a Bessel function", "[dynamics][mechanics]") {
  // q(t) = q0 Gamma(nu + 1) (2 / z)^nu J_nu(z), z = sqrt(lambda) t, nu = (r - 1) / 2.
  const Vec lambda{{0.3, 1.0, 7.0}};
  const AnyPotential bowl{Quadratic(lambda)};
  for (const double r : {1.0, 3.0, 4.0, 7.0})
    for (const double t : {0.05, 1.0, 10.0, 40.0}) {
      Dopri5 dopri5;
      dopri5.rtol = dopri5.atol = 1e-10;
      const auto stepper = dopri5(system_of(NesterovFlow{r}(bowl)), 1.0);
      stepper->reset(0.0, rest(Vec::Ones(3)));
      test::advance(*stepper, t);
      const double nu = 0.5 * (r - 1.0);
      for (Index i = 0; i < 3; ++i) {
        const double z = std::sqrt(lambda[i]) * t;
        const double exact =
            std::tgamma(nu + 1.0) * std::pow(2.0 / z, nu) * std::cyl_bessel_j(nu, z);
        CAPTURE(r, t, i);
        CHECK(std::abs(stepper->state()[i] - exact) < 1e-7);
      }
    }
}

TEST_CASE("Nesterov's equation has the numbers of Su, Boyd and Candes", "[dynamics][mechanics]") {
  // L = 0.02 x1^2 + 0.005 x2^2 from (1, 1), r = 3; digits from mpmath's Bessel functions.
  const AnyPotential p(Quadratic(Vec{{0.04, 0.01}}));
  const auto system = system_of(NesterovFlow{}(p));
  const auto at = [&](double t) { return solve(system, rest(Vec::Ones(2)), t); };
  const auto scaled = [&](double t) { return t * t * p.value(at(t).head(2)); };
  CHECK(at(10.0)[0] == Approx(0.576724807757).epsilon(1e-10));
  CHECK(at(10.0)[1] == Approx(0.88010117149).epsilon(1e-10));
  CHECK(scaled(10.0) == Approx(1.052512).epsilon(1e-6));
  CHECK(scaled(50.0) == Approx(0.21839594).epsilon(1e-7));
  CHECK(at(100.0)[0] == Approx(0.00668331241759).epsilon(1e-8));
  CHECK(at(100.0)[1] == Approx(0.00869454923377).epsilon(1e-8));
}

TEST_CASE(
    "Nesterov's equation keeps its bound and Lyapunov function, and loses the rate below r = 3",
    "[dynamics][mechanics]") {
  const AnyPotential p(Quadratic(Vec{{0.04, 0.01, 1.0}}));
  const auto trace = [&](double r, auto&& see) {
    Dopri5 dopri5;
    dopri5.rtol = dopri5.atol = 1e-11;
    const auto stepper = dopri5(system_of(NesterovFlow{r}(p)), 1.0);
    stepper->reset(0.0, rest(Vec::Ones(3)));
    for (double t = 1.0; t <= 200.0; t += 0.25) {
      test::advance(*stepper, t);
      see(t, stepper->state());
    }
  };
  double last = 2.0 * 3.0, largest = 0.0, early = 0.0, late = 0.0;
  trace(3.0, [&](double t, const Vec& x) {
    // t^2 L + 2 |q + t q' / 2|^2 never grows; it starts at 2 |q0|^2.
    const double L = p.value(x.head(3));
    const double V = t * t * L + 2.0 * (x.head(3) + 0.5 * t * x.tail(3)).squaredNorm();
    CHECK(V <= last + 1e-8);  // the integration's error times t^2
    last = V;
    largest = std::max(largest, t * t * L);
  });
  CHECK(largest <= 2.0 * 3.0);
  trace(1.0, [&](double t, const Vec& x) {
    auto& most = t < 100.0 ? early : late;
    most = std::max(most, t * t * p.value(x.head(3)));
  });
  CHECK(late > 1.9 * early);  // J_0: t^2 L grows like t
}

TEST_CASE("Nesterov's equation says that it starts at rest at t = 0", "[dynamics][error]") {
  const auto system = system_of(NesterovFlow{}(AnyPotential(DoubleWell{})));
  Vec f(2);
  CHECK_THROWS_WITH(system.rhs(Vec::Ones(2), f, 0.0), Catch::Contains("start at rest"));
  CHECK_THROWS_WITH(system.rhs(Vec::Ones(2), f, -1.0), Catch::Contains("it is -1"));
  system.rhs(Vec::Ones(2), f, 2.0);
  CHECK(f[1] == -1.5);
  // At rest the limit of the series, q'' = -grad L / (r + 1): grad L = 6 at q = 2.
  system.rhs(Vec{{2.0, 0.0}}, f, 0.0);
  CHECK(f[1] == -1.5);
}

TEST_CASE("high-resolution equations are the damped oscillators they should be",
          "[dynamics][mechanics]") {
  const Vec lambda{{0.5, 6.0}};
  const AnyPotential p{Quadratic(lambda)};
  const double s = 0.04, mu = 0.5, root = std::sqrt(mu * s);
  for (const std::string method : {"nesterov", "heavy_ball"}) {
    const HighResolutionFlow flow{method, s, mu};
    const Vec x = solve(system_of(flow(p)), Vec{{1.0, 1.0, 0.3, -0.2}}, 3.0);
    for (Index i = 0; i < 2; ++i) {
      const double hessian = method == "nesterov" ? std::sqrt(s) * lambda[i] : 0.0;
      const Harmonic mode{.damping = 2.0 * std::sqrt(mu) + hessian,
                          .stiffness = (1.0 + root) * lambda[i]};
      Vec exact(2);
      mode.exact(Vec{{1.0, i == 0 ? 0.3 : -0.2}}, 3.0, exact);
      CHECK(x[i] == Approx(exact[0]).epsilon(0.0).margin(1e-10));
      CHECK(x[2 + i] == Approx(exact[1]).epsilon(0.0).margin(1e-10));
    }
  }
}

TEST_CASE("the Hessian damping is what tells Nesterov's method from heavy ball",
          "[dynamics][mechanics][order]") {
  // Maps that start with the flow's own first step: the right equation is followed to second order
  // in sqrt(s), the other one to first.
  const AnyPotential p(Quadratic(Vec{{0.5, 6.0}}));
  const double mu = 0.5, t_end = 2.0;
  const Vec q0{{1.0, 1.0}};
  std::vector<double> right, wrong, ball;
  for (const int n : {200, 400, 800, 1600}) {
    const double h = t_end / n, s = h * h;
    const HighResolutionFlow nesterov{"nesterov", s, mu}, heavy{"heavy_ball", s, mu};
    const double beta = nesterov.momentum();
    const auto error = [&](const HighResolutionFlow& flow, bool look_ahead) {
      const auto system = system_of(flow(p));
      const Vec first = integrate(system, rest(q0), h, 4).head(2);
      const Vec last = integrate(system, rest(q0), t_end, n).head(2);
      Vec x(4), g(2);
      if (!look_ahead) {
        x << first, first - q0;
        return (iterate(*HeavyBall{s, beta}(p).map(), x, n - 1).head(2) - last).norm();
      }
      // The flow is that of the look-ahead points y = q + beta v: y_0 = q0, y_1 = first.
      p.gradient(q0, g);
      x.head(2) = q0 - s * g;
      x.tail(2) = (first - x.head(2)) / beta;
      x = iterate(*Nesterov{s, beta}(p).map(), x, n - 1);
      return (x.head(2) + beta * x.tail(2) - last).norm();
    };
    right.push_back(error(nesterov, true));
    wrong.push_back(error(heavy, true));
    ball.push_back(error(heavy, false));
  }
  for (const double o : orders(right)) CHECK(std::abs(o - 2.0) < 0.1);
  for (const double o : orders(ball)) CHECK(std::abs(o - 2.0) < 0.1);
  for (const double o : orders(wrong)) CHECK(std::abs(o - 1.0) < 0.1);
}

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Two linear layers, f = W2 W1 x: the loss does not change under W1 -> R W1, W2 -> W2 R^T.
struct LinearNet {
  DeepLinear deep;
  Layout layout;
  LinearNet() {
    deep.hidden = {3};
    deep.start = "random";
    deep.prepare();
    layout = deep.layout();
  }
  [[nodiscard]] Mat W(In q, std::size_t l) const {
    const Block& b = layout[l];
    return Eigen::Map<const RowMajor>(q.data() + b.offset, b.shape[0], b.shape[1]);
  }
  /// The charges m q'^T A q of all rotations at once: the antisymmetric part of
  /// W1' W1^T - W2^T W2', without m.
  [[nodiscard]] Mat charge(const Vec& x) const {
    const Index d = deep.dim();
    const Mat half = W(x.tail(d), 0) * W(x.head(d), 0).transpose() -
                     W(x.head(d), 1).transpose() * W(x.tail(d), 1);
    return half - half.transpose();
  }
  [[nodiscard]] Mat imbalance(const Vec& q) const {
    return W(q, 1).transpose() * W(q, 1) - W(q, 0) * W(q, 0).transpose();
  }
};

}  // namespace

TEST_CASE("charges of rotations decay like exp(-gamma t / m)", "[dynamics][mechanics]") {
  const LinearNet net;
  const AnyPotential p(net.deep);
  Rng rng(5, "charges");
  Vec start = rest(net.deep.initial_state(rng));
  rng.fill_normal(start.tail(net.deep.dim()));
  const Mat before = net.charge(start);
  REQUIRE(before.norm() > 0.1);
  const double m = 1.3, gamma = 0.4;
  const DampedMomentum damped{.mass = m, .friction = gamma};
  for (const double t : {0.5, 2.0, 6.0})
    CHECK((net.charge(solve(system_of(damped(p)), start, t)) - std::exp(-gamma * t / m) * before)
              .norm() < 1e-8 * before.norm());
  // Conformal Verlet keeps this to rounding at any step: kicks and drifts conserve the charge.
  for (const double dt : {0.02, 0.1}) {
    ConformalVerlet verlet;
    verlet.dt = dt;
    const auto stepper = verlet(system_of(damped(p)), 1.0);
    stepper->reset(0.0, start);
    test::advance(*stepper, 6.0);
    CHECK((net.charge(stepper->state()) - std::exp(-gamma * 6.0 / m) * before).norm() <
          1e-13 * before.norm());
  }
}

TEST_CASE("descent breaks the balance of linear layers by a known amount, exactly",
          "[dynamics][mechanics]") {
  // B(n) - B(0) = eta^2 sum_k (G2^T G2 - G1 G1^T)_k for B = W2^T W2 - W1 W1^T.
  const LinearNet net;
  const AnyPotential p(net.deep);
  const Index d = net.deep.dim();
  Rng rng(2, "balance");
  Vec q = net.deep.initial_state(rng), g(d), next(d);
  const Mat before = net.imbalance(q);
  const double eta = 0.05;
  const AnyMap descent = *GradientDescent{eta}(p).map();
  Mat defect = Mat::Zero(3, 3);
  for (int n = 0; n < 400; ++n) {
    p.gradient(q, g);
    defect +=
        eta * eta * (net.W(g, 1).transpose() * net.W(g, 1) - net.W(g, 0) * net.W(g, 0).transpose());
    descent.apply(q, next, n);
    q = next;
  }
  CHECK(defect.norm() > 1e-3);
  CHECK((net.imbalance(q) - before - defect).norm() < 1e-12);
}

TEST_CASE("the charge of rescaling two linear layers obeys its equation", "[dynamics][mechanics]") {
  // D = |W2|^2 - |W1|^2: D'' + (gamma / m) D' = 2 (|W2'|^2 - |W1'|^2), at every state.
  const LinearNet net;
  const Index d = net.deep.dim();
  const double m = 1.3, gamma = 0.4;
  const auto system =
      system_of(DampedMomentum{.mass = m, .friction = gamma}(AnyPotential(net.deep)));
  Rng rng(9, "rescaling");
  Vec x(2 * d), f(2 * d);
  for (int i = 0; i < 5; ++i) {
    rng.fill_normal(x);
    system.rhs(x, f, 0.0);
    const auto difference = [&](In a, In b) {
      return net.W(a, 1).cwiseProduct(net.W(b, 1)).sum() -
             net.W(a, 0).cwiseProduct(net.W(b, 0)).sum();
    };
    const auto q = x.head(d), v = x.tail(d), a = f.tail(d);
    const double D1 = 2.0 * difference(q, v), D2 = 2.0 * (difference(v, v) + difference(q, a));
    CHECK(D2 + gamma / m * D1 == Approx(2.0 * difference(v, v)).epsilon(1e-12).margin(1e-11));
  }
}

namespace {

// L(q) = q' A q / q' q + decay |q|^2 / 2: does not change with the scale of q but for the decay.
struct Rayleigh {
  Vec spectrum;
  double decay = 0.0;
  [[nodiscard]] Index dim() const { return spectrum.size(); }
  [[nodiscard]] double value(In q) const {
    return q.dot(spectrum.cwiseProduct(q)) / q.squaredNorm() + 0.5 * decay * q.squaredNorm();
  }
  void gradient(In q, Out g) const {
    const double size2 = q.squaredNorm(), ratio = q.dot(spectrum.cwiseProduct(q)) / size2;
    g = (2.0 / size2) * (spectrum.cwiseProduct(q) - ratio * q) + decay * q;
  }
};

}  // namespace

TEST_CASE("descent on a scale-free loss grows the parameters by a known amount, exactly",
          "[dynamics][mechanics]") {
  // |q_{n+1}|^2 = (1 - eta decay)^2 |q_n|^2 + eta^2 |g|^2 with the gradient g of the scale-free
  // part.
  const double eta = 0.3;
  for (const double decay : {0.0, 0.05}) {
    const Vec spectrum = Vec::LinSpaced(6, 0.5, 3.0);
    const AnyPotential free(Rayleigh{spectrum});
    const AnyMap descent = *GradientDescent{eta}(AnyPotential(Rayleigh{spectrum, decay})).map();
    Vec q = Vec::LinSpaced(6, -1.0, 1.5), g(6), next(6);
    double expected = q.squaredNorm();
    const double before = expected;
    for (int n = 0; n < 300; ++n) {
      free.gradient(q, g);
      expected = std::pow(1.0 - eta * decay, 2) * expected + eta * eta * g.squaredNorm();
      descent.apply(q, next, n);
      q = next;
    }
    CHECK(q.squaredNorm() == Approx(expected).epsilon(1e-12));
    CHECK(std::abs(expected / before - 1.0) > 1e-3);
  }
}
