// Lyapunov exponents against closed forms, sum rules and published numbers; error bars that cover.
#include "support/catch.hpp"

#include <cmath>
#include <numbers>
#include <string>
#include <thalweg/chaos/lyapunov.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/solvers/catalogue.hpp>

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
  // 2.062 by Sprott
  CHECK(kaplan_yorke_dimension(run.exponents(), true) == Approx(2.062).epsilon(0.0).margin(0.005));
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
  const auto henon = motion("henon");
  const double T = 2e5;
  const auto tangent = follow(henon, {.interval = 2, .transient = 100}, Vec::Zero(2), T);
  const auto pair =
      follow(henon, {.method = LyapunovMethod::two_trajectories, .interval = 2, .transient = 100},
             Vec::Zero(2), T);
  // the same orbit; a separation of 1e-8 turns by its own size and is rounded to 1e-8 of itself
  CHECK(pair.exponents()[0] == Approx(tangent.exponents()[0]).epsilon(0.0).margin(2e-3));
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
  CHECK(same.blocks() == 62);  // 16 calls each
  // Independent numbers of variance 1: 1 / sqrt n. Of 62 blocks it is known to 9 %.
  BlockAverages normal(1);
  Rng rng(5, "test");
  for (int i = 0; i < 4000; ++i) normal.add(Vec::Constant(1, rng.normal()), 1.0);
  CHECK(normal.standard_error()[0] == Approx(1.0 / std::sqrt(4000.0)).epsilon(0.3));
}

TEST_CASE("95 % intervals cover", "[chaos]") {
  // The exact first exponent of Ginibre products, 200 products of 400 matrices each; the count of
  // hits is binomial: [180, 198] leaves out 1.3 % on either side of its mean of 190 at 95 %.
  int hits = 0;
  for (int i = 0; i < 200; ++i) {
    const auto m = motion("random_matrix_product", "size = 2\nseed = " + std::to_string(i));
    // N = 2: (ln 1 + psi(1)) / 2
    const double exact = -0.5 * std::numbers::egamma;
    const auto run = follow(m, {.transient = 10}, Vec::Zero(2), 400);
    hits += std::abs(run.exponents()[0] - exact) < run.averages().half_width()[0];
  }
  INFO(hits << " of 200");
  CHECK(hits >= 180);
  CHECK(hits <= 198);
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
  CHECK(kaplan_yorke_dimension(Vec{{0.5, 0.0, -1.0}}, true) == 2.5);
  CHECK(kaplan_yorke_dimension(Vec{{-0.1, -1.0}}, true) == 0.0);
  CHECK(kaplan_yorke_dimension(Vec{{0.5, -0.5}}, true) == 2.0);
  CHECK(std::isnan(kaplan_yorke_dimension(Vec{{0.5, 0.1}}, false)));
}
