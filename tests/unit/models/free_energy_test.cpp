// Free energies against closed forms: the conjugate regression, temperature, the flow of one width.
#include "support/catch.hpp"
#include "support/datasets.hpp"

#include <Eigen/LU>
#include <cmath>
#include <numbers>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/models/posteriors/bayesian_linear_regression.hpp>
#include <thalweg/models/posteriors/bayesian_logistic_regression.hpp>
#include <thalweg/models/posteriors/bayesian_mlp.hpp>
#include <thalweg/models/variational/expected_energy.hpp>
#include <thalweg/models/variational/free_energy.hpp>
#include <thalweg/models/variational/gradient_variance.hpp>
#include <thalweg/numerics/lbfgs.hpp>

using namespace thalweg;

namespace {

using Kind = GaussianFamily::Kind;

BayesianLinearRegression polynomial(Index degree, double noise, bool intercept = true) {
  BayesianLinearRegression p;
  p.degree = degree;
  p.noise = noise;
  p.intercept = intercept;
  p.data.data = test::make_data(NoisySine{});
  p.prepare();
  return p;
}

BayesianLogisticRegression moons() {
  BayesianLogisticRegression p;
  p.data.data = test::moons();
  p.prepare();
  return p;
}

FreeEnergy free_energy(const AnyPotential& posterior, const std::string& family,
                       std::vector<double> temperature = {1.0},
                       const std::string& expectation = "auto") {
  FreeEnergy F;
  F.posterior = posterior;
  F.family = family;
  F.temperature = std::move(temperature);
  F.expectation = expectation;
  F.prepare();
  return F;
}

Lbfgs minimum(const FreeEnergy& F, double tolerance = 1e-9) {
  Rng rng(0, "initial_state");
  const auto f = [&](In w, Out g) { return F.value_and_gradient(w, g); };
  Lbfgs descent(F.dim(), 20);
  descent.start(F.initial_state(rng), f);
  descent.minimise(f, tolerance, 3000);
  return descent;
}

}  // namespace

TEST_CASE("free energies have exact gradients in every family") {
  BayesianMlp net;
  net.hidden = {3};
  net.data.data = test::make_data(NoisySine{.samples = 8});
  net.prepare();
  for (const char* family : {"mean_field", "full_rank", "low_rank"}) {
    INFO(family);
    CHECK(check_model(AnyPotential(free_energy(AnyPotential(moons()), family))).passed());
    CHECK(check_model(AnyPotential(free_energy(AnyPotential(net), family))).passed());
    CHECK(check_model(
              AnyPotential(free_energy(AnyPotential(moons()), family, {0.5, 2.0}, "common_draws")))
              .passed());
  }
}

TEST_CASE("free energies have exact Hessian products in every family") {
  BayesianMlp net;
  net.hidden = {2};
  net.data.data = test::make_data(NoisySine{.samples = 6});
  net.prepare();
  for (const char* family : {"mean_field", "full_rank", "low_rank"})
    for (const auto& F : {free_energy(AnyPotential(moons()), family, {0.5, 2.0}),
                          free_energy(AnyPotential(net), family)}) {
      INFO(family);
      // Narrow enough (0.1) for the quadrature's 40 nodes to be exact along every predictor.
      Rng rng(0, "initial_state");
      const Vec w = F.initial_state(rng) + 0.1 * test::normal_vector(F.dim(), 1);
      Mat H(F.dim(), F.dim());
      F.at(w)->hvp(Mat::Identity(F.dim(), F.dim()), H);
      // Fourth-order differences of gradients with a step of 1/500 of the widths: truncation
      // 1e-11, rounding 1e-16 |g|/h.
      const double h = 2e-4;
      Vec column(F.dim()), g(F.dim());
      for (Index j = 0; j < F.dim(); ++j) {
        column.setZero();
        for (const auto& [n, weight] : {std::pair{1, 8.0}, {-1, -8.0}, {2, -1.0}, {-2, 1.0}}) {
          F.gradient(w + n * h * Vec::Unit(F.dim(), j), g);
          column += weight / (12.0 * h) * g;
        }
        CHECK((H.col(j) - column).norm() < 1e-8 * H.norm());
      }
      CHECK((H - H.transpose()).norm() < 1e-12 * H.norm());
    }
}

TEST_CASE("at the optimum of a conjugate regression F bends as the posterior does") {
  const auto posterior = polynomial(2, 0.3);
  const auto F = free_energy(AnyPotential(posterior), "mean_field");
  const auto best = minimum(F).q;
  Mat H(6, 6);
  F.at(best)->hvp(Mat::Identity(6, 6), H);
  const Mat A = posterior.posterior_covariance().inverse();
  CHECK((H.topLeftCorner(3, 3) - A).norm() < 1e-9 * A.norm());
  // F(rho) = A_ii e^(2 rho)/2 - rho has the second derivative 2 at its minimum, whatever A_ii.
  CHECK((H.bottomRightCorner(3, 3) - 2.0 * Mat::Identity(3, 3)).norm() < 1e-6);
  CHECK(H.topRightCorner(3, 3).norm() < 1e-9 * A.norm());
}

TEST_CASE("draws that move with the parameters give quieter gradients than their score") {
  // U = lambda theta^2/2 + ..., q = N(m, s^2), distances from the posterior's mean. The variances
  // of Gaussian moments: reparametrised lambda^2 s^2 (1 + m^2 + 2 s^2), by the score lambda^2 (2
  // m^2 + 5/2 s^2 + 10 m^2 s^2 + 14 s^4).
  const auto posterior = polynomial(1, 1.0, false);
  const double lambda = 1.0 / posterior.posterior_covariance()(0, 0), m = 0.4, s = 0.3;
  const GaussianFamily family(Kind::mean_field, 1, 0);
  const Vec w{{posterior.posterior_mean()[0] + m, std::log(s)}};
  const auto found = gradient_variance(AnyPotential(posterior), family, w, 200000, 3);
  // 200000 draws of moments up to the eighth: standard errors below 1 % and 2 %
  CHECK(found.reparametrised ==
        Approx(lambda * lambda * s * s * (1 + m * m + 2 * s * s)).epsilon(0.02));
  CHECK(found.score == Approx(lambda * lambda *
                              (2 * m * m + 2.5 * s * s + 10 * m * m * s * s + 14 * s * s * s * s))
                           .epsilon(0.05));
  // The covariance alone counts, not how it is written: full rank has the same member.
  const GaussianFamily full(Kind::full_rank, 1, 0);
  CHECK(
      gradient_variance(AnyPotential(posterior), full, w, 1000, 3).score ==
      Approx(gradient_variance(AnyPotential(posterior), family, w, 1000, 3).score).epsilon(1e-12));
  for (const char* kind : {"mean_field", "full_rank", "low_rank"}) {
    const auto F = free_energy(AnyPotential(moons()), kind);
    const auto v =
        gradient_variance(AnyPotential(moons()), F.gaussian_family(), minimum(F).q, 1000, 1);
    CHECK(v.reparametrised < v.score);
  }
}

TEST_CASE("entropies are those of the covariance") {
  const Vec w = test::normal_vector(4 * 2 + 6);
  for (const auto& [kind, size] :
       {std::pair{Kind::mean_field, 8}, {Kind::full_rank, 14}, {Kind::low_rank, 8 + 4}}) {
    const GaussianFamily family(kind, 4, 1);
    REQUIRE(family.size() == size);
    Vec g = Vec::Zero(size);
    const double S = family.entropy(w.head(size), 0.0, g);
    const double expected = 2.0 * (1.0 + std::log(2.0 * std::numbers::pi)) +
                            0.5 * std::log(family.covariance(w.head(size)).determinant());
    CHECK(S == Approx(expected).epsilon(1e-13));
  }
}

TEST_CASE("the free energy of a conjugate regression is minus its log evidence at the minimum") {
  const auto posterior = polynomial(3, 0.3);
  const auto F = free_energy(AnyPotential(posterior), "full_rank");
  const auto found = minimum(F);
  CHECK(found.value == Approx(-posterior.log_evidence()).epsilon(1e-9));
  CHECK((found.q.head(4) - posterior.posterior_mean()).norm() < 1e-7);
  CHECK((F.gaussian_family().covariance(found.q) - posterior.posterior_covariance()).norm() <
        1e-7 * posterior.posterior_covariance().norm());
  // and above it everywhere else
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    CHECK(F.value(found.q + 0.1 * test::normal_vector(F.dim(), seed)) > -posterior.log_evidence());
}

TEST_CASE("mean field misses the evidence by half of sum ln A_ii - ln det A") {
  const auto posterior = polynomial(3, 0.3);
  const auto F = free_energy(AnyPotential(posterior), "mean_field");
  const auto found = minimum(F);
  const Mat A = posterior.posterior_covariance().inverse();
  const double gap = 0.5 * (A.diagonal().array().log().sum() - std::log(A.determinant()));
  CHECK(found.value + posterior.log_evidence() == Approx(gap).epsilon(1e-8));
  CHECK((found.q.head(4) - posterior.posterior_mean()).norm() < 1e-6);
  for (Index i = 0; i < 4; ++i)
    CHECK(std::exp(-2.0 * found.q[4 + i]) == Approx(A(i, i)).epsilon(1e-6));
}

TEST_CASE("a low rank lies between mean field and full rank, and full when the rank suffices") {
  const auto posterior = polynomial(3, 0.3);
  const double mean_field = minimum(free_energy(AnyPotential(posterior), "mean_field")).value;
  double last = mean_field;
  for (const Index rank : {1, 3}) {
    auto F = free_energy(AnyPotential(posterior), "low_rank");
    F.rank = rank;
    F.prepare();
    const double value = minimum(F).value;
    CHECK(value < last - 1e-3);
    CHECK(value >= -posterior.log_evidence() - 1e-9);
    last = value;
  }
  // Any 4 x 4 covariance is a diagonal one plus three columns.
  CHECK(last == Approx(-posterior.log_evidence()).epsilon(1e-6));
}

TEST_CASE("along the flow of one width, the precision relaxes at the rate 2 T") {
  const auto posterior = polynomial(1, 1.0, false);
  const double lambda = 1.0 / posterior.posterior_covariance()(0, 0), T = 0.7;
  const auto F = free_energy(AnyPotential(posterior), "mean_field", {T});
  Vec w{{0.3, std::log(0.2)}}, k1(2), k2(2), k3(2), k4(2);
  const double p0 = std::exp(-2.0 * w[1]), m0 = w[0], best = posterior.posterior_mean()[0];
  // Runge and Kutta's method; its error at this step is below 1e-10.
  const double h = 5e-4;
  for (int step = 1; step <= 2000; ++step) {
    F.gradient(w, k1);
    F.gradient(w - 0.5 * h * k1, k2);
    F.gradient(w - 0.5 * h * k2, k3);
    F.gradient(w - h * k3, k4);
    w -= h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
    if (step % 500) continue;
    const double t = step * h;
    CHECK(std::exp(-2.0 * w[1]) ==
          Approx(lambda / T + (p0 - lambda / T) * std::exp(-2.0 * T * t)).epsilon(1e-9));
    CHECK(w[0] == Approx(best + (m0 - best) * std::exp(-lambda * t)).epsilon(1e-9));
  }
}

TEST_CASE("temperature obeys thermodynamics") {
  const auto posterior = polynomial(2, 0.5);
  const double dT = 1e-3, p = 3.0, U0 = *posterior.minimum_value();
  const std::vector<double> T{0.5, 1.0 - dT, 1.0, 1.0 + dT, 4.0};
  const auto F = free_energy(AnyPotential(posterior), "full_rank", T);
  const Vec w = minimum(F).q;
  const double log_det = std::log(posterior.posterior_covariance().inverse().determinant());
  Mat found(4, 5);  // F, U, S, T S
  const auto quantities = F.observables();
  Vec row(5);
  for (Index i = 0; i < 4; ++i) {
    quantities[static_cast<std::size_t>(i)].compute(w, 0.0, row);
    found.row(i) = row;
  }
  for (Index k = 0; k < 5; ++k) {
    const double t = T[static_cast<std::size_t>(k)];
    const double S = 0.5 * p * (1.0 + std::log(2.0 * std::numbers::pi * t)) - 0.5 * log_det;
    CHECK(found(1, k) == Approx(U0 + 0.5 * p * t).epsilon(1e-7));
    CHECK(found(2, k) == Approx(S).epsilon(1e-6));
    CHECK(found(0, k) == Approx(U0 + 0.5 * p * t - t * S).epsilon(1e-9));
    CHECK(found(0, k) == Approx(found(1, k) - found(3, k)).epsilon(1e-12));
  }
  // dF = -S dT: the difference quotient's own error is p dT^2/(12 T^2) = 2.5e-7.
  CHECK((found(0, 3) - found(0, 1)) / (2.0 * dT) == Approx(-found(2, 2)).epsilon(0.0).margin(1e-6));
}

TEST_CASE("quadrature along predictors is the integral over the Gaussian") {
  // One direction: <U> of a logistic posterior by the trapezoid rule, which converges beyond any
  // power for such integrands.
  const auto posterior = moons();
  const auto glm = AnyPotential(posterior).linear_predictors();
  const GaussianFamily family(Kind::mean_field, 3, 0);
  Vec w{{0.4, 1.0, -0.7, -1.0, -0.5, 0.1}}, g = Vec::Zero(6), eta = glm->design() * w.head(3);
  const double U = (*gauss_hermite_energy(glm, family, 40))(w, g);
  const Vec variance = family.covariance(w).diagonal();
  double expected = glm->constant() + 0.5 * (w.head(3).squaredNorm() + variance.sum());
  for (Index i = 0; i < eta.size(); ++i) {
    const double sd = std::sqrt(glm->design().row(i).cwiseAbs2().dot(variance));
    for (double z = -9.0; z <= 9.0; z += 0.05) {
      double value = 0, first = 0, second = 0;
      glm->phi(i, eta[i] + sd * z, value, first, second);
      expected += 0.05 * value * std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
    }
  }
  CHECK(U == Approx(expected).epsilon(1e-9));
}

TEST_CASE("gradients from common draws are unbiased") {
  const AnyPotential posterior(moons());
  const GaussianFamily family(Kind::full_rank, 3, 0);
  Vec w = 0.3 * test::normal_vector(family.size()), exact = Vec::Zero(family.size());
  const double U = (*gauss_hermite_energy(posterior.linear_predictors(), family, 40))(w, exact);
  const int n = 600;
  Vec sum = Vec::Zero(family.size()), squares = sum;
  double values = 0.0, value_squares = 0.0;
  for (int seed = 0; seed < n; ++seed) {
    Vec g = Vec::Zero(family.size());
    const double v =
        (*common_draws_energy(posterior, family, 2, static_cast<std::uint64_t>(seed)))(w, g);
    sum += g / n;
    squares += g.cwiseAbs2() / n;
    values += v / n;
    value_squares += v * v / n;
  }
  // Ten comparisons at 4 standard errors: a right code fails with probability 6e-4.
  for (Index i = 0; i < sum.size(); ++i)
    CHECK(std::abs(sum[i] - exact[i]) <=
          4.0 * std::sqrt((squares[i] - sum[i] * sum[i]) / n) + 1e-12);
  CHECK(std::abs(values - U) <= 4.0 * std::sqrt((value_squares - values * values) / n));
}

TEST_CASE("free energies of the German credit regression are those of an independent optimiser") {
  BayesianLogisticRegression posterior;
  posterior.data.data = test::make_data(GermanCredit{});
  posterior.prepare();
  // The gradient left, over curvatures of at least 1, is far below the margin; the values have six
  // decimals, by 40-point Gauss-Hermite and L-BFGS in NumPy.
  CHECK(minimum(free_energy(AnyPotential(posterior), "full_rank"), 1e-4).value ==
        Approx(544.968072).epsilon(0.0).margin(1e-5));
  CHECK(minimum(free_energy(AnyPotential(posterior), "mean_field"), 1e-4).value ==
        Approx(547.503594).epsilon(0.0).margin(1e-5));
}

TEST_CASE("what is recorded of F comes from draws that its minimum has not seen") {
  const auto posterior = polynomial(3, 0.3);
  const double bound = -posterior.log_evidence();
  const auto exact = free_energy(AnyPotential(posterior), "full_rank");
  for (const char* family : {"full_rank", "low_rank"}) {
    const bool full = family == std::string("full_rank");
    auto F = free_energy(AnyPotential(posterior), family, {1.0}, "common_draws");
    F.draws = 5;
    F.prepare();
    const auto found = minimum(F);
    CHECK(found.value < bound - 0.1);  // the members were fitted to ten draws
    Vec free_energy(1), U(1), S(1), error(1);
    const auto quantities = F.observables();
    quantities[0].compute(found.q, 0.0, free_energy);
    quantities[1].compute(found.q, 0.0, U);
    quantities[2].compute(found.q, 0.0, S);
    REQUIRE(quantities.back().variable.name == "free_energy_error");
    quantities.back().compute(found.q, 0.0, error);
    INFO(family << ": " << free_energy[0] << " +- " << error[0]);
    CHECK(free_energy[0] == Approx(U[0] - S[0]).epsilon(1e-13));
    CHECK(error[0] > 0.0);
    CHECK(free_energy[0] > bound);
    // The same member's F by quadrature; false alarms once in 15000.
    if (full) CHECK(std::abs(free_energy[0] - exact.value(found.q)) < 4.0 * error[0]);
  }
}

TEST_CASE("too few common draws for F to have a minimum are refused") {
  const AnyPotential posterior(polynomial(3, 0.3));
  FreeEnergy F;
  F.posterior = posterior;
  F.expectation = "common_draws";
  F.draws = 3;
  CHECK_THROWS_WITH(F.prepare(), Catch::Contains("draws = 3 must be >= 4"));
  F.family = "low_rank";
  F.rank = 3;
  CHECK_THROWS_WITH(F.prepare(), Catch::Contains("draws = 3 must be >= 4"));
  F.rank = 2;
  CHECK_NOTHROW(F.prepare());
  F.family = "mean_field";
  F.draws = 1;
  CHECK_NOTHROW(F.prepare());
  F.family = "full_rank";
  F.expectation = "auto";  // quadrature takes no draws
  CHECK_NOTHROW(F.prepare());
}

TEST_CASE("a free energy says what it cannot do") {
  BayesianMlp net;
  net.data.data = test::make_data(NoisySine{});
  net.prepare();
  CHECK_THROWS_WITH(free_energy(AnyPotential(net), "full_rank", {1.0}, "gauss_hermite"),
                    Catch::Contains("sum over linear predictors"));
}

TEST_CASE("the error of the recorded free energy is its spread over draws") {
  const auto posterior = polynomial(1, 0.3);
  const AnyPotential U(posterior);
  const GaussianFamily family(Kind::full_rank, 2, 0);
  Vec w(family.size());
  w << posterior.posterior_mean() + Vec::Constant(2, 0.3), -0.5, 0.2, -1.0;
  const Mat A = posterior.posterior_covariance().inverse();
  const Vec away = w.head(2) - posterior.posterior_mean();
  const double exact = *posterior.minimum_value() + 0.5 * away.dot(A * away) +
                       0.5 * (A * family.covariance(w)).trace();
  double square = 0.0, variance = 0.0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto e = energy_of_new_draws(U, family, w, 500, seed);
    variance += e.error * e.error * 500.0 / 200.0;
    square += std::pow((e.mean - exact) / e.error, 2) / 200.0;
  }
  CHECK(square == Approx(1.0).epsilon(0.4));
  Mat R(2, 2);
  family.factor(w, R);
  CHECK(variance == Approx(0.5 * (R.transpose() * A * R).squaredNorm()).epsilon(0.05));
  auto F = free_energy(U, "full_rank", {1.0}, "common_draws");
  F.draws = 500;
  F.prepare();
  Vec recorded(1);
  F.observables()[0].compute(w, 0.0, recorded);
  CHECK(std::abs(recorded[0] - F.value(w)) > 1e-6);
}
