// Published test problems of non-stiff integration. References: solutions of Hairer, Norsett,
// Wanner, Solving ODEs I, where they are printed, else fehlberg78 and bulirsch_stoer at 1e-13,
// which must agree with each other first.
#include <support/catch.hpp>
#include <support/solver_toys.hpp>

#include <boost/numeric/odeint/algebra/algebra_dispatcher.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>

#include <array>

using namespace thalweg;

namespace {

// Seven bodies of mass 1..7 in the plane (Solving ODEs I, II.10): x 0..6, y 7..13, x' 14.., y' 21..
struct Pleiades {
  Index dim() const { return 28; }
  void rhs(In x, Out f, double) const {
    f.head(14) = x.tail(14);
    for (Index i = 0; i < 7; ++i) {
      double ax = 0.0, ay = 0.0;
      for (Index j = 0; j < 7; ++j) {
        if (i == j) continue;
        const double dx = x[j] - x[i], dy = x[j + 7] - x[i + 7];
        const double r3 = std::pow(dx * dx + dy * dy, 1.5);
        ax += static_cast<double>(j + 1) * dx / r3;
        ay += static_cast<double>(j + 1) * dy / r3;
      }
      f[14 + i] = ax;
      f[21 + i] = ay;
    }
  }
  static Vec start() {
    Vec x = Vec::Zero(28);
    x.head(14) << 3, 3, -1, -3, 2, -2, 2, 3, -3, 2, 0, 0, -4, 4;
    x[19] = 1.75, x[20] = -1.5, x[24] = -1.25, x[25] = 1.0;
    return x;
  }
};

// The restricted three-body problem (Solving ODEs I, II.0): a periodic orbit.
struct Arenstorf {
  static constexpr double mu = 0.012277471, period = 17.0652165601579625588917206249;
  Index dim() const { return 4; }
  void rhs(In y, Out f, double) const {
    const double a = 1.0 - mu;
    const double d1 = std::pow((y[0] + mu) * (y[0] + mu) + y[1] * y[1], 1.5);
    const double d2 = std::pow((y[0] - a) * (y[0] - a) + y[1] * y[1], 1.5);
    f[0] = y[2];
    f[1] = y[3];
    f[2] = y[0] + 2.0 * y[3] - a * (y[0] + mu) / d1 - mu * (y[0] - a) / d2;
    f[3] = y[1] - 2.0 * y[2] - a * y[1] / d1 - mu * y[1] / d2;
  }
  static Vec start() { return Eigen::Vector4d(0.994, 0.0, 0.0, -2.00158510637908252240537862224); }
};

struct Lorenz {
  Index dim() const { return 3; }
  void rhs(In x, Out f, double) const {
    f[0] = 10.0 * (x[1] - x[0]);
    f[1] = x[0] * (28.0 - x[2]) - x[1];
    f[2] = x[0] * x[1] - 8.0 / 3.0 * x[2];
  }
};

struct Result {
  Vec x;
  double evaluations;
};

template <class S>
Result integrate(const AnySystem& system, const Vec& start, double t_end, double tolerance) {
  S s;
  s.rtol = s.atol = tolerance;
  const auto counted = system.with_own_counts();
  const auto stepper = s(counted, 1.0);
  stepper->reset(0.0, start);
  test::advance(*stepper, t_end);
  return {stepper->state(), static_cast<double>(counted.counts().rhs)};
}

// The error and the calls of Boost.Odeint's stepper with its own control, measured on the problem.
struct Row {
  const char* solver;
  double tolerance, error, evaluations;
};

void check(const AnySystem& system, const Vec& start, double t_end, const Vec& reference,
           const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    const std::string name = row.solver;
    const auto r = name == "dopri5" ? integrate<Dopri5>(system, start, t_end, row.tolerance)
                   : name == "fehlberg78"
                       ? integrate<Fehlberg78>(system, start, t_end, row.tolerance)
                       : integrate<BulirschStoer>(system, start, t_end, row.tolerance);
    const double error =
        ((r.x - reference).array() / (1.0 + reference.array().abs())).abs().maxCoeff();
    CAPTURE(name, row.tolerance, error, r.evaluations);
    // Our norm is RMS, odeint's the maximum, so that one entry may err sqrt(n) times as much; a
    // further 3 and 1.3 are for the different controllers.
    CHECK(error < 3.0 * std::sqrt(static_cast<double>(start.size())) * row.error);
    CHECK(r.evaluations < 1.3 * row.evaluations);
  }
}

Vec reference_solution(const AnySystem& system, const Vec& start, double t_end, double agreement) {
  const Vec a = integrate<Fehlberg78>(system, start, t_end, 1e-13).x;
  const Vec b = integrate<BulirschStoer>(system, start, t_end, 1e-13).x;
  REQUIRE((a - b).cwiseAbs().maxCoeff() < agreement);
  return b;
}

}  // namespace

TEST_CASE("Pleiades", "[solvers][published]") {
  const AnySystem system{Pleiades{}};
  // Solving ODEs I, table of II.10 has x_1(3) = 0.3706139143970502.
  const Vec reference = reference_solution(system, Pleiades::start(), 3.0, 1e-9);
  CHECK(reference[0] == Approx(0.3706139143970502).epsilon(1e-9));
  check(system, Pleiades::start(), 3.0, reference,
        {{"dopri5", 1e-6, 1.7e-4, 1705},
         {"dopri5", 1e-10, 2.4e-9, 7777},
         {"fehlberg78", 1e-10, 3.0e-9, 4225},
         {"bulirsch_stoer", 1e-10, 2.0e-9, 4206}});
}

TEST_CASE("Arenstorf's orbit closes", "[solvers][published]") {
  check(AnySystem{Arenstorf{}}, Arenstorf::start(), Arenstorf::period, Arenstorf::start(),
        {{"dopri5", 1e-10, 2.3e-6, 5665},
         {"fehlberg78", 1e-10, 1.5e-6, 3172},
         {"bulirsch_stoer", 1e-10, 1.2e-6, 3064}});
}

TEST_CASE("Lorenz up to t = 20", "[solvers][published]") {
  const AnySystem system{Lorenz{}};
  const Vec start = Vec::Ones(3);
  // Errors grow by e^(0.9 * 20) = 7e7: 1e-13 leaves about 1e-6.
  const Vec reference = reference_solution(system, start, 20.0, 1e-5);
  check(system, start, 20.0, reference,
        {{"dopri5", 1e-10, 1.4e-5, 29611},
         {"fehlberg78", 1e-10, 1.3e-6, 11947},
         {"bulirsch_stoer", 1e-10, 5.7e-6, 11838}});
}

TEST_CASE("PI control rejects fewer steps than odeint's control on van der Pol", "[solvers]") {
  namespace odeint = boost::numeric::odeint;
  using State = std::array<double, 2>;
  for (const double mu : {1.0, 5.0, 100.0}) {
    const double t_end = mu < 50.0 ? 50.0 : 200.0, tolerance = 1e-6;
    auto peer = odeint::make_controlled(tolerance, tolerance, odeint::runge_kutta_dopri5<State>());
    State x{2.0, 0.0};
    double t = 0.0, h = 1e-3;
    int accepted = 0, rejected = 0;
    const auto f = [mu](const State& s, State& d, double) {
      d = {s[1], mu * (1.0 - s[0] * s[0]) * s[1] - s[0]};
    };
    while (t < t_end) (peer.try_step(f, x, t, h) == odeint::success ? accepted : rejected)++;
    const double peer_share = static_cast<double>(rejected) / (accepted + rejected);

    Dopri5 s;
    s.rtol = s.atol = tolerance;
    const auto stepper = s(AnySystem{test::VanDerPol{mu}}, 1.0);
    stepper->reset(0.0, Eigen::Vector2d(2.0, 0.0));
    accepted = rejected = 0;
    while (stepper->time() < t_end) (stepper->step(t_end).accepted ? accepted : rejected)++;
    const double share = static_cast<double>(rejected) / (accepted + rejected);
    CAPTURE(mu, share, peer_share);
    CHECK(share < 0.75 * peer_share);
  }
}
