// Replica exchange against exact distributions: separate modes with their weights, invariance of
// all temperatures at once, the rate of swaps in closed form.
#include <support/catch.hpp>
#include <support/kolmogorov.hpp>
#include <support/sampler_toys.hpp>

#include <thalweg/statistics/convergence.hpp>

#include <algorithm>

using namespace thalweg;

namespace {

/// Two round normals in the plane, far apart: weight w at (-4, 0), s = 0.5; 1 - w at (4, 0), s = 1.
struct TwoModes {
  double w = 0.3;
  [[nodiscard]] static Index dim() { return 2; }
  [[nodiscard]] double value(In q) const {
    Vec g(2);
    return value_and_gradient(q, g);
  }
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const {
    const double x = q[0] + 4.0, y = q[0] - 4.0, z = q[1] * q[1];
    const double a = std::log(w / 0.25) - 2.0 * (x * x + z),
                 b = std::log(1.0 - w) - 0.5 * (y * y + z);
    const double top = std::max(a, b), sum = std::exp(a - top) + std::exp(b - top),
                 left = std::exp(a - top) / sum;
    g[0] = left * 4.0 * x + (1.0 - left) * y;
    g[1] = left * 4.0 * q[1] + (1.0 - left) * q[1];
    return -top - std::log(sum);
  }
};

ReplicaExchange ladder(Index replicas, double hottest) {
  ReplicaExchange options;
  options.replicas = replicas;
  options.hottest = hottest;
  return options;
}

// Draws of 4 chains that start in the right mode: whether each is in the left one, and q.
struct Draws {
  Mat left, first, second;
};

Draws draw(const SamplerFactory& make, const AnyPotential& potential, Index n) {
  Draws d{Mat(n, 4), Mat(n, 4), Mat(n, 4)};
  for (Index c = 0; c < 4; ++c) {
    Rng rng(3, "chain " + std::to_string(c));
    const auto sampler = make(potential, 1.0);
    sampler->start(Vec{{4.0, 0.0}}, 300, rng);
    for (int i = 0; i < 300; ++i) sampler->transition(rng);
    for (Index i = 0; i < n; ++i) {
      sampler->transition(rng);
      const Vec& q = sampler->position();
      d.left(i, c) = q[0] < 0.0 ? 1.0 : 0.0;
      d.first(i, c) = q[0];
      d.second(i, c) = q[1];
    }
  }
  return d;
}

}  // namespace

TEST_CASE("replica exchange finds separate modes with their weights", "[numerics][samplers]") {
  const AnyPotential potential(TwoModes{});
  CHECK(draw(Nuts{}, potential, 2000).left.sum() == 0.0);  // one chain alone stays where it began

  const auto d = draw(ladder(6, 30.0), potential, 4000);
  Convergence convergence;
  const auto near = [&](const Mat& x, double exact) {
    const double error = convergence.mcse_mean(x);
    CAPTURE(x.mean(), error, exact);
    CHECK(std::abs(x.mean() - exact) < 4.0 * error);  // false alarms once in 15000
    return error;
  };
  CHECK(near(d.left, 0.3) < 0.03);
  near(d.first, 0.3 * -4.0 + 0.7 * 4.0);
  near(d.first.array().square(), 16.0 + 0.3 * 0.25 + 0.7 * 1.0);
  near(d.second.array().square(), 0.3 * 0.25 + 0.7 * 1.0);
  CHECK(convergence.rhat(d.left) < 1.02);
}

TEST_CASE("exact draws at all temperatures stay exact, whatever is exchanged",
          "[numerics][samplers]") {
  const AnyPotential potential(test::Normals{Vec{{1.0, 2.0}}});
  auto options = ladder(3, 20.0);
  options.step_size = 0.9;
  options.metric = "unit";
  const auto sampler = options(potential, 1.5);
  const auto temperatures = sampler->info().temperatures;
  REQUIRE(temperatures.size() == 3);
  CHECK(temperatures.back() == Approx(30.0));
  Rng rng(4, "invariance");
  std::vector<double> first, second;
  std::int64_t exchanged = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    sampler->start(Vec::Ones(2), 0, rng);
    sampler->transition(rng);  // the next one exchanges
    Archive archive;
    sampler->save(archive, "");
    for (std::size_t k = 0; k < 3; ++k) {
      const double T = temperatures[k], s = std::sqrt(T);
      const Vec q{{s * rng.normal(), 2.0 * s * rng.normal()}};
      Vec g(2);
      const auto key = "replica." + std::to_string(k) + ".";
      archive.put(key + "u", potential.value_and_gradient(q, g) / T);
      archive.put(key + "q", q);
      archive.put(key + "g", Vec(g / T));
    }
    sampler->load(archive, "");
    for (int j = 0; j < 2; ++j) exchanged += sampler->transition(rng).replica != 0 ? 1 : 0;
    const Vec& q = sampler->position();
    first.push_back(0.5 * std::erfc(-q[0] / std::sqrt(2.0 * 1.5)));
    second.push_back(0.5 * std::erfc(-q[1] / std::sqrt(8.0 * 1.5)));
  }
  CHECK(exchanged > n / 4);
  CHECK(kolmogorov(first) < 2.23);  // exceeded once in 1e4
  CHECK(kolmogorov(second) < 2.23);
}

TEST_CASE("swaps of a plane's normal happen as often as they must", "[numerics][samplers]") {
  // U at T is T times an exponential variable, and E[min(1, ratio)] = 2 P(U_i > U_j) = 2/(1 +
  // T_j/T_i).
  const AnyPotential potential(test::Normals{Vec{{1.0, 3.0}}});
  const auto sampler = ladder(4, 27.0)(potential, 1.0);
  Rng rng(5, "swaps");
  sampler->start(Vec::Zero(2), 300, rng);
  const int n = 20000;
  for (int i = 0; i < 300 + n; ++i) sampler->transition(rng);
  const Vec rates = sampler->swap_rates();
  REQUIRE(rates.size() == 3);
  // Of n / 2 tries, correlated a little: 5 of their standard errors, and a half more.
  for (const double rate : rates)
    CHECK(std::abs(rate - 0.5) < 1.5 * 5.0 * 0.5 / std::sqrt(n / 2.0));
  CHECK(sampler->round_trips() > n / 100);
}
