// Lyapunov exponents against closed forms, sum rules and published numbers; error bars that cover.
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <thalweg/chaos/kaplan_yorke.hpp>
#include <thalweg/chaos/lyapunov.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/solvers/catalogue.hpp>
#include <vector>

using namespace thalweg;

namespace {

template <class T>
T make(const Registry<T>& registry, const std::string& name, const std::string& text) {
  const auto config = Config::from_text(text, "test");
  ConfigReader reader(config);
  return registry.at(name).make(reader);
}

Motion motion(const std::string& name, const std::string& text = "") {
  const auto model = make(models(), name, text);
  if (model.map()) return *model.map();
  return *model.system();
}

Motion learning(const std::string& model, const std::string& model_text,
                const std::string& dynamics_name, const std::string& text) {
  const auto potential = make(models(), model, model_text);
  return make(dynamics(), dynamics_name, text)(*potential.potential());
}

SolverFactory dopri5(const std::string& text = "rtol = 1e-9\natol = 1e-9") {
  return make(solvers(), "dopri5", text);
}

Vec start(const Motion& m, int i = 0) {
  Rng rng(static_cast<std::uint64_t>(i), "start");
  return *m.initial_state(rng);
}

LyapunovTrajectory follow(const Motion& m, const LyapunovOptions& o, const Vec& x0, double duration,
                          const SolverFactory& solver = {}, int seed = 0) {
  LyapunovTrajectory run(m, solver, o, x0, Rng(static_cast<std::uint64_t>(seed), "frame"));
  while (run.time() < o.transient + duration * (1.0 - 1e-12) && run.advance()) {
  }
  return run;
}

void check_exponent(const LyapunovTrajectory& run, double exact, double tolerance) {
  REQUIRE(run.outcome() == OrbitOutcome::running);
  const double off = std::abs(run.exponents()[0] - exact);
  // Each of the few checks fails with probability 0.003 for another seed.
  CHECK(off < 3.0 * run.averages().standard_error()[0]);
  CHECK(off < tolerance);
}

}  // namespace

TEST_CASE("exponents of one-dimensional maps in closed form", "[chaos]") {
  // interval 8: a factor of at most 9^8
  const LyapunovOptions o{.interval = 8, .transient = 96};
  const auto logistic = motion("logistic_map");
  check_exponent(follow(logistic, o, Vec::Constant(1, 0.2345), 4e5), std::numbers::ln2, 1e-4);
  // Gradient descent on the double well at learning rate 2 is minus the Chebyshev map T_3 of
  // theta / sqrt 2.
  const auto well = learning("double_well", "", "gradient_descent", "learning_rate = 2.0");
  check_exponent(follow(well, o, Vec::Constant(1, 0.2345), 4e5), std::log(3.0), 1e-4);
  // Kong and Tao: phases are equidistributed up to terms of the order eps / eta.
  const auto multiscale = learning("multiscale", "scale = 1e-6\namplitude = 1.0",
                                   "gradient_descent", "learning_rate = 0.3");
  check_exponent(follow(multiscale, o, Vec::Constant(1, 0.2345), 4e5), std::log(0.3 / 2e-6), 1e-2);
}

TEST_CASE("sum rules", "[chaos]") {
  const auto henon = follow(motion("henon"), {.exponents = 2, .transient = 100}, Vec::Zero(2), 1e5);
  CHECK(henon.exponents().sum() == Approx(std::log(0.3)).epsilon(0.0).margin(1e-9));
  CHECK(henon.exponents()[0] ==
        Approx(0.419).epsilon(0.0).margin(2e-3));  // Benettin's value to three digits
  // 1e5 terms are added to a sum that reaches 1.2e5, whose last digit is 1.5e-11
  CHECK(henon.volume_rate() == Approx(std::log(0.3)).epsilon(0.0).margin(1e-10));

  const auto cat =
      follow(motion("cat_map"), {.exponents = 2, .transient = 50}, start(motion("cat_map")), 1000);
  CHECK(cat.exponents()[0] ==
        Approx(std::log((3.0 + std::sqrt(5.0)) / 2.0)).epsilon(0.0).margin(1e-12));
  CHECK(cat.exponents().sum() == Approx(0.0).epsilon(0.0).margin(1e-12));

  // Heavy ball on a network: volumes shrink by beta^d in every step, whatever the loss is.
  const auto ball = learning("mlp", "hidden = [3]\ndata.name = \"two_moons\"\ndata.samples = 20",
                             "heavy_ball", "learning_rate = 0.5\nmomentum = 0.8");
  const auto run = follow(ball, {.exponents = ball.dim()}, start(ball), 50);
  REQUIRE(run.outcome() == OrbitOutcome::running);
  CHECK(run.exponents().sum() ==
        Approx(0.5 * static_cast<double>(ball.dim()) * std::log(0.8)).epsilon(1e-10));
}

TEST_CASE("descent on a quadratic has the exponents ln |1 - eta h|", "[chaos]") {
  const auto m = learning("quadratic", "spectrum = [3.0, 1.0, 0.2]\nreflections = 2",
                          "gradient_descent", "learning_rate = 0.5");
  const auto run = follow(m, {.exponents = 3, .transient = 300}, Vec::Ones(3), 200);
  const double expected[] = {std::log(0.9), std::log(0.5), std::log(0.5)};
  for (int k = 0; k < 3; ++k)
    CHECK(run.exponents()[k] == Approx(expected[k]).epsilon(0.0).margin(1e-12));
}

TEST_CASE("Ginibre products", "[chaos]") {
  // Newman's exponents for N = 4, sigma = 1; the spread of k is sqrt(psi'((N - k + 1)/2)/(4 T)).
  const double exact[] = {-0.135181422731, -0.328328603291, -0.635181422731, -1.32832860329};
  const double trigamma[] = {0.6449340668, 0.9348022005, 1.6449340668, 4.9348022005};
  const double T = 20000;
  const auto run =
      follow(motion("random_matrix_product"), {.exponents = 4, .transient = 20}, Vec::Zero(4), T);
  for (int k = 0; k < 4; ++k)  // 4 sigma: false alarm 3e-4 for another seed
    CHECK(std::abs(run.exponents()[k] - exact[k]) < 4.0 * std::sqrt(trigamma[k] / (4.0 * T)));
}

TEST_CASE("Lorenz' attractor", "[chaos]") {
  const auto lorenz = motion("lorenz63");
  const auto run = follow(lorenz, {.exponents = 3, .interval = 0.5, .transient = 50}, Vec::Ones(3),
                          2000, dopri5());
  const double published[] = {0.9056, 0.0, -14.572};  // Viswanath 1998 and Sprott 2003
  const auto error = run.averages().standard_error();
  for (int k = 0; k < 3; ++k) {
    INFO(run.exponents()[k] << " +- " << error[k]);
    // the published numbers have three decimals
    CHECK(std::abs(run.exponents()[k] - published[k]) < 3.0 * error[k] + 5e-4);
  }
  CHECK(run.exponents().sum() == Approx(-41.0 / 3.0).epsilon(0.0).margin(1e-4));
  CHECK(run.volume_rate() == Approx(-41.0 / 3.0).epsilon(0.0).margin(1e-9));
  const auto dimension = kaplan_yorke(run.exponents(), true);
  const double sigma = run.averages().combination(dimension.slopes).standard_error()[0];
  // 2.06215 by Sprott
  CHECK(std::abs(dimension.dimension - 2.06215) < 3.0 * sigma);
  CHECK(sigma < 1e-3);
}

TEST_CASE("Lorenz' ring of 40 sites has 13 positive exponents", "[chaos]") {
  const auto ring = motion("lorenz96");
  const auto run = follow(ring, {.exponents = 16, .interval = 0.2, .transient = 50}, start(ring),
                          800, dopri5("rtol = 1e-6\natol = 1e-6"));
  const Vec l = run.exponents();
  INFO(l.transpose() << " +- " << run.averages().standard_error().transpose());
  const Vec sigma = run.averages().standard_error();
  CHECK(l[12] > 3.0 * sigma[12]);
  CHECK(std::abs(l[13]) < 3.0 * sigma[13]);  // along the flow
  CHECK(l[14] < -3.0 * sigma[14]);
  CHECK(l[0] == Approx(1.69).epsilon(0.0).margin(0.06));
}

TEST_CASE("two trajectories see what tangents see", "[chaos]") {
  // The same orbit; a separation of 1e-8 turns by its own size and is rounded to 1e-8 of itself.
  const auto agree = [](const Motion& m, LyapunovOptions o, const Vec& x0, double T,
                        const SolverFactory& solver = {}) {
    const auto tangent = follow(m, o, x0, T, solver);
    o.method = LyapunovMethod::two_trajectories;
    const auto pair = follow(m, o, x0, T, solver);
    REQUIRE(tangent.outcome() == OrbitOutcome::running);
    REQUIRE(pair.outcome() == OrbitOutcome::running);
    CHECK(pair.exponents()[0] == Approx(tangent.exponents()[0]).epsilon(0.0).margin(2e-3));
  };
  const auto henon = motion("henon");
  agree(henon, {.interval = 2, .transient = 100}, Vec::Zero(2), 2e5);
  agree(motion("logistic_map"), {.interval = 4, .transient = 100}, Vec::Constant(1, 0.2345), 1e5);
  for (const char* eta : {"1.5", "2.0"})
    agree(learning("double_well", "", "gradient_descent", std::string("learning_rate = ") + eta),
          {.interval = 4, .transient = 100}, Vec::Constant(1, 0.2345), 1e5);
  // A fixed step makes the same orbit of both.
  agree(motion("lorenz63"), {.interval = 0.5, .transient = 30}, Vec::Ones(3), 300,
        make(solvers(), "rk4", "dt = 0.01"));
  // Descent on a network beyond the edge of stability, and Adam.
  const auto net = [](const char* dynamics_name, const std::string& text) {
    return learning("mlp", "hidden = [4]\ndata.name = \"two_moons\"\ndata.samples = 20",
                    dynamics_name, text);
  };
  const auto descent = net("gradient_descent", "learning_rate = 5.0");
  agree(descent, {.interval = 2, .transient = 20}, start(descent), 500);
  const auto adam = net("adam", "learning_rate = 0.01");
  agree(adam, {.interval = 2, .transient = 20}, start(adam), 500);
  // Without renormalisation the distance stops growing at the attractor's size: the "exponent"
  // falls as 1/t.
  const auto textbook =
      follow(henon, {.method = LyapunovMethod::textbook, .interval = 2}, Vec::Zero(2), 2e4);
  CHECK(textbook.exponents()[0] < 20.0 / 2e4);
}

TEST_CASE("averages of blocks", "[chaos]") {
  // What is the same at all times has no error, however often blocks have been joined.
  BlockAverages same(2);
  for (int i = 0; i < 1000; ++i) same.add(Vec{{0.25, -3.0}}, 0.5);
  CHECK(same.mean() == Vec{{0.5, -6.0}});
  CHECK(same.standard_error() == Vec::Zero(2));
  CHECK(same.blocks() == 250);  // 4 calls each
  // Independent numbers of variance 1: 1 / sqrt n. Of 250 blocks and the correlation of neighbours
  // it is known to sqrt(1 / 500 + 1 / 250) = 8 %.
  BlockAverages normal(1);
  Rng rng(5, "test");
  for (int i = 0; i < 4000; ++i) normal.add(Vec::Constant(1, rng.normal()), 1.0);
  CHECK(normal.standard_error()[0] == Approx(1.0 / std::sqrt(4000.0)).epsilon(0.25));
  CHECK(normal.correlation(normal)[0] == Approx(1.0));
  // Differences of independent numbers h: of the total only the ends remain, sqrt(2) / n.
  BlockAverages ends(1);
  double before = rng.normal();
  for (int i = 0; i < 4000; ++i) {
    const double h = rng.normal();
    ends.add(Vec::Constant(1, h - before), 1.0);
    before = h;
  }
  CHECK(ends.standard_error()[0] == Approx(std::sqrt(2.0) / 4000.0).epsilon(0.25));
}

namespace {

// How many of the intervals hold the exact value. At 95 % the count of 200 is binomial with the
// mean 190 and spread 3.1; 90 to 98 % are 180 to 196.
void check_coverage(int hits, int starts) {
  INFO(hits << " of " << starts);
  CHECK(hits >= 0.9 * starts);
  CHECK(hits <= 0.98 * starts);
}

template <class Orbit>
void check_coverage(Index rank, double exact, int starts, Orbit&& orbit) {
  int hits = 0;
  for (int i = 0; i < starts; ++i) {
    const LyapunovTrajectory& run = orbit(i);
    hits += std::abs(run.exponents()[rank] - exact) < run.averages().errors().half_width[rank];
  }
  check_coverage(hits, starts);
}

// The same of Kaplan and Yorke's dimension.
bool covers_dimension(const LyapunovTrajectory& run, double exact) {
  const auto d = kaplan_yorke(run.exponents(), true);
  return std::abs(d.dimension - exact) <
         run.averages().combination(d.slopes).errors().half_width[0];
}

Vec near(double x, int i, Index dim = 1) {
  Rng rng(static_cast<std::uint64_t>(i), "start");
  Vec v(dim);
  for (Index j = 0; j < dim; ++j) v[j] = x + 0.1 * rng.uniform();
  return v;
}

}  // namespace

TEST_CASE("95 % intervals cover", "[chaos]") {
  // Growths that add up: the exact first exponent of Ginibre products, (ln 1 + psi(1)) / 2 at N
  // = 2.
  check_coverage(0, -0.5 * std::numbers::egamma, 200, [](int i) {
    return follow(motion("random_matrix_product", "size = 2\nseed = " + std::to_string(i)),
                  {.transient = 10}, Vec::Zero(2), 400);
  });
  // Growths that cancel but for their ends, ln |f'(x)| = ln 2 + h(f(x)) - h(x).
  const LyapunovOptions o{.interval = 2, .transient = 100};
  const auto logistic = motion("logistic_map");
  check_coverage(0, std::numbers::ln2, 200,
                 [&](int i) { return follow(logistic, o, near(0.2, i), 3000); });
  const auto conjugate = learning("double_well", "", "gradient_descent", "learning_rate = 2.0");
  check_coverage(0, std::log(3.0), 200,
                 [&](int i) { return follow(conjugate, o, near(0.2, i), 3000); });
  // In between: exponents by numpy, from 4000 orbits of 20000 steps.
  const auto well = learning("double_well", "", "gradient_descent", "learning_rate = 1.8");
  check_coverage(0, 0.80673, 200, [&](int i) { return follow(well, o, near(0.2, i), 3000); });
  const auto henon = motion("henon");
  const LyapunovOptions both{.exponents = 2, .interval = 2, .transient = 100};
  int dimensions = 0;
  check_coverage(0, 0.41921, 200, [&](int i) {
    auto run = follow(henon, both, near(0.0, i, 2), 3000, {}, i);
    // both exponents add up to ln 0.3, so their errors do not add up
    dimensions += covers_dimension(run, 1.0 + 0.41921 / (0.41921 - std::log(0.3)));
    return run;
  });
  check_coverage(dimensions, 200);
}

TEST_CASE("95 % intervals cover on Lorenz' attractor", "[chaos][slow]") {
  // Sprott's exponents; the third is what the sum rule leaves.
  const double published[] = {0.9056, 0.0, -41.0 / 3.0 - 0.9056};
  const auto lorenz = motion("lorenz63");
  const auto solver = dopri5("rtol = 1e-6\natol = 1e-6");
  std::vector<LyapunovTrajectory> orbits;
  for (int i = 0; i < 100; ++i)
    orbits.push_back(follow(lorenz, {.exponents = 3, .interval = 0.5, .transient = 40},
                            near(1.0, i, 3), 400, solver, i));
  for (Index k = 0; k < 3; ++k)
    check_coverage(k, published[k], 100, [&](int i) -> const LyapunovTrajectory& {
      return orbits[static_cast<std::size_t>(i)];
    });
  check_coverage(static_cast<int>(std::count_if(orbits.begin(), orbits.end(),
                                                [&](const auto& run) {
                                                  return covers_dimension(
                                                      run, 2.0 + published[0] / -published[2]);
                                                })),
                 100);
}

TEST_CASE("exponents in depth are those of mean-field theory", "[chaos]") {
  // Chaotic tanh networks of width 40; theory holds up to terms of the order 1/N = 0.025.
  for (const char* weights : {"gaussian", "orthogonal"}) {
    const auto net = motion("random_network",
                            std::string("sigma_w = [2.0]\nsigma_b = 0.1\nwidth = 40\nnets = 1\n"
                                        "inputs = 1\nweights = \"") +
                                weights + "\"");
    const auto run = follow(net, {.exponents = 20, .transient = 50}, start(net), 600);
    REQUIRE(run.outcome() == OrbitOutcome::running);
    Vec theory(40);
    for (const auto& o : net.observables())
      if (o.variable.name == "exponent_theory") o.compute(run.state().head(40), 0.0, theory);
    const Vec off = run.exponents() - theory.head(20);
    INFO(off.transpose());
    CHECK(off.cwiseAbs().maxCoeff() < 0.04);
  }
}

TEST_CASE("outcomes that are no numbers", "[chaos]") {
  // the critical point 1/2 is a fixed point at r = 2: its multiplier is 0
  const auto super = follow(motion("logistic_map", "r = 2.0"), {}, Vec::Constant(1, 0.3), 100);
  CHECK(super.outcome() == OrbitOutcome::superstable);
  for (const auto method : {LyapunovMethod::tangent, LyapunovMethod::two_trajectories})
    for (const double x0 : {0.3, 0.5, 0.77})
      for (const double interval : {1.0, 8.0})
        CHECK(follow(motion("logistic_map", "r = 2.0"), {.method = method, .interval = interval},
                     Vec::Constant(1, x0), 96)
                  .outcome() == OrbitOutcome::superstable);
  const auto away = learning("double_well", "", "gradient_descent", "learning_rate = 2.1");
  const auto escaped = follow(away, {}, Vec::Constant(1, 1.7), 100);
  CHECK(escaped.outcome() == OrbitOutcome::escaped);
}

TEST_CASE("Kaplan and Yorke's dimension", "[chaos]") {
  const auto dimension = [](const Vec& l, bool complete) {
    return kaplan_yorke(l, complete).dimension;
  };
  CHECK(dimension(Vec{{0.5, 0.0, -1.0}}, true) == 2.5);
  CHECK(dimension(Vec{{-0.1, -1.0}}, true) == 0.0);
  CHECK(dimension(Vec{{0.5, -0.5}}, true) == 2.0);
  CHECK(dimension(Vec{{0.5, -0.6}}, true) == 1.0 + 0.5 / 0.6);
  CHECK(std::isnan(dimension(Vec{{0.5, 0.1}}, false)));
  CHECK(std::isnan(dimension(Vec{{0.5, std::nan("")}}, true)));
  // Slopes beside differences, of exponents that an error has put in the wrong order.
  const Vec l{{0.01, 0.4, -1.3, -0.2}};
  const auto d = kaplan_yorke(l, true);
  CHECK(d.dimension == 3.0 + 0.21 / 1.3);
  for (Index i = 0; i < 4; ++i) {
    const Vec h = 1e-6 * Vec::Unit(4, i);
    CHECK(d.slopes[i] ==
          Approx((dimension(l + h, true) - dimension(l - h, true)) / 2e-6).epsilon(1e-8));
  }
  // On either side of zero.
  CHECK(kaplan_yorke(Vec{{-1e-9, -1.0}}, true).dimension == 0.0);
  CHECK(kaplan_yorke(Vec{{-1e-9, -1.0}}, true).above_zero == Approx(1.0));
}
