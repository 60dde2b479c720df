// The parts of the warm-up against Stan's documented schedule, formulas and fixed points.
#include <support/catch.hpp>

#include <thalweg/core/error.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/solvers/samplers/warmup.hpp>

using namespace thalweg;

TEST_CASE("windows of the warm-up are Stan's", "[solvers][samplers]") {
  using Ends = std::vector<std::int64_t>;
  // 75 | 25 50 100 200 500 | 50
  CHECK(WarmupWindows(1000).last_of == Ends{99, 149, 249, 449, 949});
  CHECK(WarmupWindows(1000).first == 75);
  CHECK(WarmupWindows(150).last_of == Ends{99});
  // 15, 75 and 10 % where these do not fit.
  CHECK(WarmupWindows(100).first == 15);
  CHECK(WarmupWindows(100).last_of == Ends{89});
  CHECK(WarmupWindows(19).last_of.empty());
  CHECK_FALSE(WarmupWindows(19).learns_metric(10));
  for (std::int64_t n = 20; n < 3000; ++n) {
    const WarmupWindows w(n);
    REQUIRE(w.last_of.back() == w.last_phase - 1);
    REQUIRE(std::ranges::is_sorted(w.last_of, std::less_equal<>()));
  }
}

TEST_CASE("dual averaging finds the step of the target acceptance", "[solvers][samplers]") {
  // Acceptance exp(-step) with noise: the step is -ln 0.8 = 0.2231.
  DualAveraging averaging(0.8);
  Rng rng(1, "noise");
  double step = 5.0;
  averaging.restart(step);
  for (int i = 0; i < 2000; ++i)
    step = averaging.learn(std::exp(-step) * (1.0 + 0.2 * (rng.uniform() - 0.5)));
  CHECK(averaging.result() == Approx(-std::log(0.8)).epsilon(0.03));
}

TEST_CASE("running covariances are the sample's, regularised", "[solvers][samplers]") {
  Rng rng(2, "draws");
  const int n = 40;
  Mat x(3, n);
  for (Index j = 0; j < n; ++j) {
    rng.fill_normal(x.col(j));
    x(1, j) += 0.7 * x(0, j) + 5.0;
  }
  const Mat centred = x.colwise() - x.rowwise().mean();
  const Mat expected = n / (n + 5.0) * (centred * centred.transpose() / (n - 1.0)) +
                       1e-3 * 5.0 / (n + 5.0) * Mat::Identity(3, 3);
  Welford diagonal(InverseMetric::Kind::diagonal, 3), dense(InverseMetric::Kind::dense, 3);
  for (Index j = 0; j < n; ++j) {
    diagonal.add(x.col(j));
    dense.add(x.col(j));
  }
  CHECK((dense.inverse_metric().dense - expected).norm() < 1e-13 * expected.norm());
  CHECK((diagonal.inverse_metric().diagonal - expected.diagonal()).norm() < 1e-13);
}

TEST_CASE("the first step crosses an acceptance of 0.8", "[solvers][samplers]") {
  // dE = (step / 3)^4, from above and from below.
  const auto change = [](double step) { return std::pow(step / 3.0, 4); };
  const double bar = -std::log(0.8), crossing = 3.0 * std::pow(bar, 0.25);
  const double up = find_first_step(1.0, change), down = find_first_step(100.0, change);
  CHECK((up > crossing && up <= 2.0 * crossing));
  CHECK((down < crossing && down >= 0.5 * crossing));
  CHECK_THROWS_AS(find_first_step(1.0, [](double) { return 0.0; }), SolveError);
  CHECK_THROWS_AS(find_first_step(1.0, [](double) { return 1e9; }), SolveError);
}

TEST_CASE("a step that is given stays, the metric is still learnt", "[solvers][samplers]") {
  Warmup warmup(1, {.step_size = 0.3});
  warmup.begin(100);
  Rng rng(3, "draws");
  while (warmup.active()) {
    CHECK_FALSE(warmup.learn(Vec::Constant(1, 2.0 * rng.normal()), 0.1));
    CHECK(warmup.step_size() == 0.3);
  }
  CHECK(warmup.metric().inverse().diagonal[0] == Approx(4.0).epsilon(0.6));  // 3 se of 75 draws
}
