// Samplers against exact distributions: moments, invariance, Geweke's joint test, simulation-based
// calibration, closed forms of what methods without correction get wrong. Seeds are fixed: a
// failure is an error, not bad luck; the rates of false alarms say how far the bounds lie.
#include <support/catch.hpp>
#include <support/datasets.hpp>
#include <support/kolmogorov.hpp>
#include <support/sampler_toys.hpp>

#include <thalweg/models/posteriors/bayesian_logistic_regression.hpp>
#include <thalweg/models/posteriors/funnel.hpp>
#include <thalweg/models/variational/free_energy.hpp>
#include <thalweg/numerics/lbfgs.hpp>

#include <thalweg/solvers/samplers/splitting.hpp>

#include <Eigen/QR>
#include <algorithm>
#include <array>
#include <numeric>

using namespace thalweg;

namespace {

struct Estimate {
  double mean = 0.0, error = 0.0;
};

// Mean of a correlated series with its standard error from 40 batches.
Estimate mean_of(const std::vector<double>& x) {
  constexpr std::size_t batches = 40;
  const std::size_t size = x.size() / batches;
  std::array<double, batches> means{};
  for (std::size_t b = 0; b < batches; ++b)
    means[b] = std::accumulate(x.begin() + static_cast<long>(b * size),
                               x.begin() + static_cast<long>((b + 1) * size), 0.0) /
               static_cast<double>(size);
  Estimate e;
  for (const double m : means) e.mean += m / batches;
  for (const double m : means) e.error += (m - e.mean) * (m - e.mean);
  e.error = std::sqrt(e.error / (batches - 1) / batches);
  return e;
}

// 5 standard errors of 40 batches (Student's t of 39): false alarms once in 8e4.
void check_mean(const std::vector<double>& x, double exact) {
  const auto e = mean_of(x);
  CAPTURE(e.mean, e.error, exact);
  CHECK(std::abs(e.mean - exact) < 5.0 * e.error);
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }

double variance_of(const Vec& x) { return x.squaredNorm() / static_cast<double>(x.size()); }

// Stationary variance of many independent coordinates, from well separated draws.
double stationary_variance(const SamplerFactory& make, const AnyPotential& potential, int burn_in,
                           int draws, int apart) {
  Rng rng(21, "variance");
  const auto sampler = make(potential, 1.0);
  sampler->start(Vec::Zero(potential.dim()), 0, rng);
  for (int i = 0; i < burn_in; ++i) sampler->transition(rng);
  double sum = 0.0;
  for (int i = 0; i < draws; ++i) {
    for (int k = 0; k < apart; ++k) sampler->transition(rng);
    sum += variance_of(sampler->position());
  }
  return sum / draws;
}

// Eight schools (Rubin 1981), not centred: eta_1..8, mu, ln tau.
struct EightSchools {
  Vec y{{28, 8, -3, 7, -1, 1, 18, 12}}, s{{15, 10, 16, 11, 9, 11, 10, 18}};
  [[nodiscard]] Index dim() const { return 10; }
  [[nodiscard]] double value(In q) const {
    const double mu = q[8], tau = std::exp(q[9]);
    return 0.5 * q.head(8).squaredNorm() + mu * mu / 50.0 + std::log1p(tau * tau / 25.0) - q[9] +
           0.5 * ((y.array() - mu - tau * q.head(8).array()) / s.array()).square().sum();
  }
  void gradient(In q, Out g) const {
    const double mu = q[8], tau = std::exp(q[9]);
    const auto pull =
        ((mu + tau * q.head(8).array() - y.array()) / s.array().square()).matrix().eval();
    g.head(8) = q.head(8) + tau * pull;
    g[8] = mu / 25.0 + pull.sum();
    g[9] = 2.0 * tau * tau / (25.0 + tau * tau) - 1.0 + tau * pull.dot(q.head(8));
  }
};

}  // namespace

TEST_CASE("exp(-dH) is 1 on average, rejected ends included", "[numerics][samplers]") {
  // Starts from exact draws; errors of the order of 1, so that many ends would be rejected.
  const Target target(AnyPotential(test::Bent{}), 1.0);
  Metric metric(InverseMetric::Kind::diagonal, 2);
  metric.set({.kind = InverseMetric::Kind::diagonal, .diagonal = Vec{{2.0, 0.7}}});
  for (const auto* name : {"leapfrog", "bcss3"}) {
    CAPTURE(name);
    const auto& s = splitting(name);
    Rng rng(1, "jarzynski");
    std::vector<double> weights;
    double size = 0.0;
    PhasePoint z;
    z.resize(2);
    for (int i = 0; i < 20000; ++i) {
      test::Bent::draw(rng, z.q);
      z.u = target(z.q, z.g);
      refresh_momentum(metric, rng, z);
      const double before = z.energy();
      for (int k = 0; k < 5; ++k)
        REQUIRE(advance(s, target, metric, name[0] == 'l' ? 0.8 : 1.6, z));
      weights.push_back(std::exp(before - z.energy()));
      size += std::abs(before - z.energy()) / 20000;
    }
    CHECK(size > 0.1);
    check_mean(weights, 1.0);
  }
}

TEST_CASE("methods without correction are wrong by their closed forms", "[numerics][samplers]") {
  // 2000 coordinates and 100 nearly independent draws: relative standard error 0.32 %; bounds are
  // 4 of it.
  const double within = 4.0 * std::sqrt(2.0 / 2e5);
  const double s2 = 0.49;
  const AnyPotential potential(test::Normals{Vec::Constant(2000, std::sqrt(s2))});
  {
    const double h = 0.8;
    CHECK(stationary_variance(Ula{.step_size = h}, potential, 60, 100, 4) ==
          Approx(s2 / (1.0 - h / (4.0 * s2))).epsilon(within));
  }
  {
    const double h = 1.0;  // h omega = 1.43
    CHECK(stationary_variance(Baoab{.step_size = h, .friction = 1.5}, potential, 60, 100, 6) ==
          Approx(s2).epsilon(within));
  }
  {
    // Leapfrogs with full refreshment, never rejected.
    const double h = 0.9, omega2 = 1.0 / s2;
    const Target target(potential, 1.0);
    const Metric metric(InverseMetric::Kind::unit, 2000);
    PhasePoint z;
    z.resize(2000);
    z.u = target(z.q, z.g);
    Rng rng(3, "leapfrogs");
    double sum = 0.0;
    for (int i = -30; i < 100; ++i) {
      for (int k = 0; k < 2; ++k) {
        refresh_momentum(metric, rng, z);
        advance(splitting("leapfrog"), target, metric, h, z);
      }
      if (i >= 0) sum += variance_of(z.q);
    }
    CHECK(sum / 100 == Approx(1.0 / (omega2 * (1.0 - h * h * omega2 / 4.0))).epsilon(2.0 * within));
  }
  {
    // Batches of 5 of 20 samples: gradient noise V = n^2 (1 - b/n) S^2 / b. It is common to all
    // coordinates: one coordinate and a long chain, 1 % standard error.
    Rng rng(4, "samples");
    Vec y(20);
    rng.fill_normal(y);
    const double n = 20.0, b = 5.0, h = 0.05, variance = 1.0 / n;
    const double S2 = (y.array() - y.mean()).square().sum() / (n - 1.0);
    const double V = n * n * (1.0 - b / n) * S2 / b;
    const auto sampler =
        Sgld{.step_size = h, .batch_size = 5, .steps = 4}(AnyPotential(test::Samples{y}), 1.0);
    sampler->start(Vec::Constant(1, y.mean()), 0, rng);
    std::vector<double> squares, values;
    for (int i = 0; i < 40000; ++i) {
      sampler->transition(rng);
      values.push_back(sampler->position()[0]);
      squares.push_back(std::pow(values.back() - y.mean(), 2));
    }
    check_mean(values, y.mean());
    check_mean(squares, variance * (1.0 + h * V / 4.0) / (1.0 - h / (4.0 * variance)));
  }
}

TEST_CASE("decreasing steps of sgld: the variance follows its recursion to the exact one",
          "[numerics][samplers]") {
  // Whole batches: q <- (1 - h_n n_y / 2) q + sqrt(h_n) z about the mean of y, from there.
  const Vec y{{0.3, -0.2, 0.5, 0.2}};
  const Index d = 20000;
  const Sgld sgld{.step_size = 0.6, .batch_size = 4, .steps = 5, .decay = 0.6, .decay_steps = 20};
  const auto sampler = sgld(AnyPotential(test::Samples{y, d}), 1.0);
  Rng rng(31, "decreasing");
  sampler->start(Vec::Constant(d, y.mean()), 0, rng);
  double variance = 0.0, time = 0.0;
  for (int draw = 0, n = 0; draw < 60; ++draw) {
    const auto info = sampler->transition(rng);
    double step = 0.0, length = 0.0;
    for (int k = 0; k < 5; ++k, ++n) {
      step = 0.6 * std::pow(1.0 + n / 20.0, -0.6);
      variance = std::pow(1.0 - step * 2.0, 2) * variance + step;
      length += step;
    }
    CHECK(info.step_size == Approx(step).epsilon(1e-14));
    CHECK(info.int_time == Approx(length).epsilon(1e-13));
    time += length;
    // Of 20000 coordinates: relative standard error 1 %.
    if (draw % 20 == 0 || draw == 59)
      CHECK(variance_of(sampler->position() - Vec::Constant(d, y.mean())) ==
            Approx(variance).epsilon(0.04));
  }
  CHECK(variance == Approx(0.25).epsilon(0.15));  // 2.5 of it at the first step's size
}

TEST_CASE("one transition leaves exact draws exact", "[numerics][samplers]") {
  Nuts nuts, wide, composed;
  nuts.step_size = 0.6;
  wide.step_size = 1.0;  // most trajectories have large errors
  wide.metric = composed.metric = "unit";
  composed.step_size = 1.5;
  composed.integrator = "bcss3";
  Hmc hmc;
  hmc.step_size = 0.9;
  const std::vector<std::pair<std::string, SamplerFactory>> all = {
      {"nuts", nuts},
      {"nuts, wide", wide},
      {"nuts, bcss3", composed},
      {"hmc", hmc},
      {"mala", Mala{.step_size = 0.8}}};
  for (const auto& [name, make] : all) {
    CAPTURE(name);
    Rng rng(6, "invariance");
    const auto sampler = make(AnyPotential(test::Bent{}), 1.0);
    const int n = 20000;
    std::vector<double> first, second;
    double moved = 0.0;
    Vec q(2);
    for (int i = 0; i < n; ++i) {
      test::Bent::draw(rng, q);
      sampler->start(q, 0, rng);
      sampler->transition(rng);
      const Vec& x = sampler->position();
      first.push_back(1.0 / (1.0 + std::exp(-x[0])));
      second.push_back(normal_cdf(x[1] - std::sin(x[0])));
      moved += x == q ? 0.0 : 1.0 / n;
    }
    CHECK(moved > 0.3);
    CHECK(kolmogorov(first) < 2.23);  // exceeded once in 1e4
    CHECK(kolmogorov(second) < 2.23);
  }
}

TEST_CASE("moments of a correlated Gaussian of condition 1000", "[numerics][samplers]") {
  const Index d = 6;
  Rng rng(8, "moments");
  Mat random(d, d);
  for (Index j = 0; j < d; ++j) rng.fill_normal(random.col(j));
  const Mat Q = random.householderQr().householderQ();
  Vec variances(d);
  for (Index i = 0; i < d; ++i) variances[i] = std::pow(1000.0, -static_cast<double>(i) / 5.0);
  struct Gaussian {
    Mat precision;
    Vec mean;
    [[nodiscard]] Index dim() const { return mean.size(); }
    [[nodiscard]] double value(In q) const { return 0.5 * (q - mean).dot(precision * (q - mean)); }
    void gradient(In q, Out g) const { g = precision * (q - mean); }
  };
  const Mat S = Q * variances.asDiagonal() * Q.transpose();
  const Vec mean = Vec::LinSpaced(d, -2.0, 3.0);
  const AnyPotential potential(
      Gaussian{Q * variances.cwiseInverse().asDiagonal() * Q.transpose(), mean});
  Nuts diagonal, dense;
  dense.metric = "dense";
  Hmc hmc;
  hmc.integrator = "bcss3";
  for (const auto& [name, make, T] : {std::tuple{"nuts", SamplerFactory(diagonal), 1.0},
                                      {"dense", dense, 1.0},
                                      {"hmc", hmc, 1.0},
                                      {"cold", dense, 0.3},
                                      {"hot", hmc, 2.5}}) {
    CAPTURE(name);
    const auto sampler = make(potential, T);
    sampler->start(Vec::Zero(d), 600, rng);
    for (int i = 0; i < 600; ++i) sampler->transition(rng);
    std::vector<std::vector<double>> sums(static_cast<std::size_t>(2 * d + 1));
    for (int i = 0; i < 4000; ++i) {
      const auto done = sampler->transition(rng);
      REQUIRE(done.lp == Approx(-potential.value(sampler->position())).epsilon(1e-9).margin(1e-9));
      const Vec x = sampler->position() - mean;
      for (Index k = 0; k < d; ++k) {
        sums[static_cast<std::size_t>(k)].push_back(x[k]);
        sums[static_cast<std::size_t>(d + k)].push_back(x[k] * x[k]);
      }
      sums.back().push_back(x[0] * x[d - 1]);
    }
    for (Index k = 0; k < d; ++k) {
      check_mean(sums[static_cast<std::size_t>(k)], 0.0);
      check_mean(sums[static_cast<std::size_t>(d + k)], T * S(k, k));
    }
    check_mean(sums.back(), T * S(0, d - 1));
  }
}

TEST_CASE("eight schools: exact moments", "[numerics][samplers]") {
  // By one-dimensional quadrature over tau, where the rest is Gaussian.
  const AnyPotential potential{EightSchools()};
  const auto sampler = Nuts{}(potential, 1.0);
  Rng rng(9, "schools");
  sampler->start(Vec::Zero(10), 1000, rng);
  for (int i = 0; i < 1000; ++i) sampler->transition(rng);
  std::vector<double> mu, mu2, ln_tau, ln_tau2, theta1, theta7;
  for (int i = 0; i < 8000; ++i) {
    sampler->transition(rng);
    const Vec& q = sampler->position();
    mu.push_back(q[8]);
    mu2.push_back(std::pow(q[8] - 4.3968, 2));
    ln_tau.push_back(q[9]);
    ln_tau2.push_back(std::pow(q[9] - 0.8021, 2));
    theta1.push_back(q[8] + std::exp(q[9]) * q[0]);
    theta7.push_back(q[8] + std::exp(q[9]) * q[6]);
  }
  check_mean(mu, 4.3968);
  check_mean(mu2, 3.3177 * 3.3177);
  check_mean(ln_tau, 0.8021);
  check_mean(ln_tau2, 1.1712 * 1.1712);
  check_mean(theta1, 6.2119);
  check_mean(theta7, 6.2967);
}

namespace {

// theta ~ N(0, 1), y_j ~ N(theta, 1), j = 1, 2, 3: theta given y is N(sum y / 4, 1 / 4).
struct Conjugate {
  double sum = 0.0;
  [[nodiscard]] Index dim() const { return 1; }
  [[nodiscard]] double value(In q) const { return 2.0 * q[0] * q[0] - sum * q[0]; }
  void gradient(In q, Out g) const { g[0] = 4.0 * q[0] - sum; }
  static Conjugate draw(double theta, Rng& rng) {
    return {3.0 * theta + rng.normal() + rng.normal() + rng.normal()};
  }
};

}  // namespace

TEST_CASE("a funnel in normal coordinates: exact moments", "[numerics][samplers]") {
  // v ~ N(0, 9), x = e^(v/2) z: ln |x| = v/2 + ln |z| has the mean -(gamma + ln 2)/2 and the
  // variance 9/4 + pi^2/8, and <v ln |x|> = 9/2. v and x as the output computes them.
  Funnel funnel;
  funnel.parametrisation = "non_centred";
  const auto quantities = funnel.draw_quantities();
  const auto sampler = Nuts{}(AnyPotential(funnel), 1.0);
  Rng rng(17, "funnel");
  sampler->start(Vec::Zero(10), 500, rng);
  for (int i = 0; i < 500; ++i) sampler->transition(rng);
  std::vector<double> v, v2, log_x, square, product;
  Vec one(1), x(9);
  const double mean = -0.5 * (0.57721566490153286 + std::log(2.0));
  for (int i = 0; i < 20000; ++i) {
    sampler->transition(rng);
    quantities[0].observable.compute(sampler->position(), 0.0, one);
    quantities[1].observable.compute(sampler->position(), 0.0, x);
    v.push_back(one[0]);
    v2.push_back(one[0] * one[0]);
    log_x.push_back(std::log(std::abs(x[4])));
    square.push_back(std::pow(log_x.back() - mean, 2));
    product.push_back(one[0] * log_x.back());
  }
  check_mean(v, 0.0);
  check_mean(v2, 9.0);
  check_mean(log_x, mean);
  check_mean(square, 2.25 + std::pow(std::acos(-1.0), 2) / 8.0);
  check_mean(product, 4.5);
}

TEST_CASE("German credit: a full-rank Gaussian's means are those of the draws",
          "[numerics][samplers]") {
  BayesianLogisticRegression posterior;
  posterior.data.data = test::make_data(GermanCredit{});
  posterior.prepare();
  FreeEnergy F;
  F.posterior = AnyPotential(posterior);
  F.prepare();
  Rng rng(18, "credit");
  Lbfgs descent(F.dim(), 20);
  const auto f = [&](In w, Out g) { return F.value_and_gradient(w, g); };
  descent.start(F.initial_state(rng), f);
  descent.minimise(f, 1e-6, 3000);
  CHECK(descent.value ==
        Approx(544.968072).epsilon(0.0).margin(1e-3));  // an independent optimiser's

  const Index d = posterior.dim();
  Nuts nuts;
  nuts.metric = "dense";
  const auto sampler = nuts(F.posterior, 1.0);
  sampler->start(Vec::Zero(d), 1000, rng);
  for (int i = 0; i < 1000; ++i) sampler->transition(rng);
  Vec sum = Vec::Zero(d), squares = sum;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    sampler->transition(rng);
    sum += sampler->position();
    squares += sampler->position().cwiseAbs2();
  }
  const Vec mean = sum / n, sd = (squares / n - mean.cwiseAbs2()).cwiseSqrt();
  // Known to be 0.017 sd off; the error of the draws' mean is below 1/sqrt(20000) = 0.007 sd, for
  // they alternate, so that 0.05 would be 4.7 of it.
  CHECK(((descent.q.head(d) - mean).cwiseQuotient(sd)).lpNorm<Eigen::Infinity>() < 0.05);
  const Vec width = F.gaussian_family().covariance(descent.q).diagonal().cwiseSqrt();
  CHECK((width.cwiseQuotient(sd).array() - 1.0).abs().maxCoeff() < 0.05);
}

TEST_CASE("Geweke: parameters and data drawn in turn keep their joint law",
          "[numerics][samplers]") {
  // theta is N(0, 1) and the sum of the data N(0, 12), covariance 3, as drawn directly.
  Nuts nuts;
  nuts.step_size = 0.5;
  Hmc hmc;
  hmc.step_size = 0.6;
  for (const auto& make :
       {SamplerFactory(nuts), SamplerFactory(hmc), SamplerFactory(Mala{.step_size = 0.3})}) {
    Rng rng(10, "geweke");
    Vec theta = Vec::Zero(1);
    std::vector<double> first, second, data, product;
    for (int i = 0; i < 15000; ++i) {
      const auto model = Conjugate::draw(theta[0], rng);
      const auto sampler = make(AnyPotential(model), 1.0);
      sampler->start(theta, 0, rng);
      sampler->transition(rng);
      theta = sampler->position();
      first.push_back(theta[0]);
      second.push_back(theta[0] * theta[0]);
      data.push_back(model.sum * model.sum);
      product.push_back(theta[0] * model.sum);
    }
    check_mean(first, 0.0);
    check_mean(second, 1.0);
    check_mean(data, 12.0);
    check_mean(product, 3.0);
  }
}

TEST_CASE("simulation-based calibration: the truth's rank is uniform", "[numerics][samplers]") {
  // 500 data sets, ranks among 99 draws in 20 bins: chi-square of 19 degrees of freedom, exceeding
  // 50.8 once in 1e4.
  for (const auto& make : {SamplerFactory(Nuts{}), SamplerFactory(Hmc{}), SamplerFactory(Mala{})}) {
    Rng rng(11, "calibration");
    std::array<double, 20> bins{};
    const int sets = 500;
    for (int k = 0; k < sets; ++k) {
      const double truth = rng.normal();
      const auto sampler = make(AnyPotential(Conjugate::draw(truth, rng)), 1.0);
      sampler->start(Vec::Constant(1, rng.normal()), 60, rng);
      for (int i = 0; i < 60; ++i) sampler->transition(rng);
      std::size_t rank = 0;
      for (int i = 0; i < 99; ++i) {
        for (int thin = 0; thin < 4; ++thin) sampler->transition(rng);
        rank += sampler->position()[0] < truth ? 1 : 0;
      }
      bins[rank / 5] += 1.0;
    }
    double chi2 = 0.0;
    for (const double b : bins) chi2 += (b - sets / 20.0) * (b - sets / 20.0) / (sets / 20.0);
    CHECK(chi2 < 50.8);
  }
}

TEST_CASE("warm-up reaches the acceptance that is asked for", "[numerics][samplers]") {
  // The mean of the adapted steps is known to lie a little above the target in acceptance.
  const AnyPotential potential(test::Normals{Vec::LinSpaced(50, 0.1, 5.0)});
  for (const auto& [make, target] :
       {std::pair{SamplerFactory(Nuts{}), 0.8}, {Hmc{}, 0.8}, {Mala{}, 0.574}}) {
    Rng rng(12, "acceptance");
    const auto sampler = make(potential, 1.0);
    sampler->start(Vec::Ones(50), 1000, rng);
    for (int i = 0; i < 1000; ++i) sampler->transition(rng);
    std::vector<double> rates;
    for (int i = 0; i < 2000; ++i) rates.push_back(sampler->transition(rng).acceptance_rate);
    CHECK(mean_of(rates).mean == Approx(target + 0.03).epsilon(0.0).margin(0.08));
    const Vec ratio =
        sampler->inverse_metric().diagonal.array() / Vec::LinSpaced(50, 0.1, 5.0).array().square();
    // 500 draws of the last window, correlated for mala.
    if (target == 0.8) CHECK((ratio.array() - 1.0).abs().maxCoeff() < 0.5);
  }
}
