// The evidence by three routes, on posteriors whose evidence is known.
#include "support/catch.hpp"
#include "support/datasets.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/evidence/annealed_importance.hpp>
#include <thalweg/evidence/laplace.hpp>
#include <thalweg/evidence/tempered_likelihood.hpp>
#include <thalweg/evidence/thermodynamic_integration.hpp>
#include <thalweg/models/posteriors/bayesian_linear_regression.hpp>
#include <thalweg/models/posteriors/bayesian_logistic_regression.hpp>
#include <thalweg/models/posteriors/bayesian_mlp.hpp>
#include <thalweg/models/posteriors/eight_schools.hpp>
#include <thalweg/models/posteriors/gaussian.hpp>
#include <thalweg/numerics/gauss_quadrature.hpp>
#include <thalweg/solvers/samplers/nuts.hpp>

using namespace thalweg;

namespace {

constexpr double noise = 0.5;

BayesianLinearRegression regression() {
  BayesianLinearRegression p;
  p.degree = 2;
  p.noise = noise;
  p.data.data = test::make_data(NoisySine{});
  p.prepare();
  return p;
}

// prior x likelihood^b of that regression, N(m_b, A_b^-1).
struct Tempered {
  Mat X;
  Vec y;
  Eigen::LLT<Mat> A;
  Vec mean;
  explicit Tempered(const BayesianLinearRegression& p, double b)
      : X(p.linear_predictors()->design()), y(test::make_data(NoisySine{})->Y.col(0)) {
    const double weight = b / (noise * noise);
    A.compute(weight * X.transpose() * X + Mat::Identity(X.cols(), X.cols()));
    mean = A.solve(weight * (X.transpose() * y));
  }
  // <ln p(y | b)> under it.
  [[nodiscard]] double mean_log_likelihood() const {
    const double spread = (X * A.solve(X.transpose())).trace();
    return -0.5 * ((y - X * mean).squaredNorm() + spread) / (noise * noise) -
           0.5 * static_cast<double>(y.size()) * std::log(2.0 * std::numbers::pi * noise * noise);
  }
  void draw(Rng& rng, Vec& q) const {
    rng.fill_normal(q);
    q = (mean + A.matrixU().solve(q)).eval();
  }
};

}  // namespace

TEST_CASE("Gauss rules integrate polynomials and a function beyond them") {
  const auto hermite = gauss_hermite(20), legendre = gauss_legendre(20);
  double moment = 1.0;
  for (int k = 0; k < 10; ++k) {  // E z^2k = (2k - 1)!!
    CHECK(hermite.weights.dot(hermite.nodes.array().pow(2 * k).matrix()) ==
          Approx(moment).epsilon(1e-11));
    moment *= 2 * k + 1;
    CHECK(legendre.weights.dot(legendre.nodes.array().pow(k).matrix()) ==
          Approx(1.0 / (k + 1)).epsilon(1e-13));
  }
  CHECK(hermite.weights.dot(hermite.nodes.array().exp().matrix()) ==
        Approx(std::exp(0.5)).epsilon(1e-13));
  CHECK(gauss_hermite(1).weights[0] == 1.0);
}

TEST_CASE("a tempered likelihood runs from the prior to the posterior") {
  BayesianMlp net;
  net.data.data = test::small_iris();
  net.prepare();
  const AnyPotential posterior(net);
  const Vec q = test::normal_vector(net.dim());
  Vec g(net.dim());
  CHECK(check_model(AnyPotential(TemperedLikelihood(posterior, 0.3))).passed());
  CHECK(TemperedLikelihood(posterior, 0.0).value(q) == posterior.prior(q, g));
  CHECK(TemperedLikelihood(posterior, 1.0).value(q) == Approx(posterior.value(q)).epsilon(1e-14));
  Gaussian plain;
  plain.prepare();
  CHECK_THROWS_WITH(TemperedLikelihood(AnyPotential(plain), 0.5),
                    Catch::Contains("does not tell its prior"));
}

TEST_CASE("Laplace's approximation is exact for Gaussians") {
  const auto p = regression();
  const auto found = laplace(AnyPotential(p), Vec::Zero(3));
  CHECK(found.log_evidence == Approx(p.log_evidence()).epsilon(1e-9));
  CHECK((found.mode - p.posterior_mean()).norm() < 1e-9);
  CHECK((found.covariance - p.posterior_covariance()).norm() < 1e-9);
  Gaussian gaussian;
  gaussian.prepare();
  // ln Z = (d/2) ln 2 pi + (1/2) sum ln l_k, sum ln l_k = -(d/2) ln 1000 = -150 ln 10
  CHECK(laplace(AnyPotential(gaussian), test::normal_vector(100)).log_evidence ==
        Approx(50.0 * std::log(2.0 * std::numbers::pi) - 75.0 * std::log(10.0)).epsilon(1e-9));
}

TEST_CASE("Laplace's approximation of German credit is that of an independent Newton's method") {
  BayesianLogisticRegression p;
  p.data.data = test::make_data(GermanCredit{});
  p.prepare();
  CHECK(-laplace(AnyPotential(p), Vec::Zero(p.dim())).log_evidence ==
        Approx(545.165744153).epsilon(0.0).margin(1e-7));  // NumPy
}

TEST_CASE("Laplace's approximation says that a funnel's mode is none") {
  EightSchools p;
  p.parametrisation = "centred";  // its density grows without bound as tau -> 0
  p.prepare();
  CHECK_THROWS_AS(laplace(AnyPotential(p), Vec::Zero(10)), SolveError);
}

TEST_CASE("thermodynamic integration gives the evidence of a conjugate regression") {
  const auto p = regression();
  int calls = 0;
  const auto mean = [&](double b) {
    ++calls;
    return MeanLogLikelihood{Tempered(p, b).mean_log_likelihood(), 0.01};
  };
  CHECK(thermodynamic_quadrature(mean, 60) == Approx(p.log_evidence()).epsilon(0.0).margin(1e-9));
  CHECK(calls == 60);
  double width = 1e300;
  for (const Index K : {10, 100, 1000}) {
    const auto bounds = thermodynamic_integration(mean, K);
    CHECK(bounds.lower < p.log_evidence());
    CHECK(bounds.upper > p.log_evidence());
    CHECK(bounds.upper - bounds.lower < 0.2 * width);  // first order: a tenth
    width = bounds.upper - bounds.lower;
    CHECK(bounds.lower_error > 0.0);
    CHECK(bounds.lower_error < 0.01);  // of a mean of K estimates, each with that error
  }
  CHECK_THROWS_AS(thermodynamic_integration(mean, 0), ConfigError);
  CHECK(std::isnan(thermodynamic_integration(mean, 10).corrected));  // without variances
}

TEST_CASE("variances at the nodes make the trapezoids of fourth order") {
  const auto p = regression();
  // Var_b(ln lik) = d<ln lik>/db, here by a central difference of the closed form.
  const auto mean = [&](double b) {
    const double h = 1e-4 * (b + 1e-3);
    const double slope = (Tempered(p, b + h).mean_log_likelihood() -
                          Tempered(p, std::max(0.0, b - h)).mean_log_likelihood()) /
                         (b + h - std::max(0.0, b - h));
    return MeanLogLikelihood{Tempered(p, b).mean_log_likelihood(), 0.1, slope, 0.02};
  };
  double before = 0.0, plain_before = 0.0;
  for (const Index K : {20, 40, 80}) {
    const auto sums = thermodynamic_integration(mean, K);
    const double off = std::abs(sums.corrected - p.log_evidence());
    const double plain = std::abs(sums.trapezoid - p.log_evidence());
    CHECK(off < 0.1 * plain);
    if (before > 0.0) {
      CHECK(std::log2(before / off) > 3.5);
      CHECK(std::log2(plain_before / plain) == Approx(2.0).epsilon(0.0).margin(0.1));
    }
    before = off;
    plain_before = plain;
    CHECK(sums.corrected_error == Approx(0.02 * std::sqrt(static_cast<double>(K + 1))));
  }
  const auto w = node_weights(inverse_temperatures(2, 1.0), 1);
  CHECK(w.lower == 0.5);
  CHECK(w.trapezoid() == 0.5);
  CHECK(w.correction == 0.0);  // equal widths on both sides
}

TEST_CASE("annealing brackets the evidence, and its work obeys Jarzynski's equality") {
  const auto p = regression();
  const AnyPotential posterior(p);
  const AnnealingOptions options{.steps = 20, .particles = 400, .seed = 5};
  // Perfect moves: an exact draw of the tempered posterior.
  const auto exact = [&](const AnyPotential& target, Vec& q, Rng& rng) {
    Tempered(p, target.target<TemperedLikelihood>()->inverse_temperature()).draw(rng, q);
  };
  const auto up = anneal_forward(posterior, exact, options);
  const Tempered end(p, 1.0);
  const auto down = anneal_reverse(
      posterior, exact, [&](Rng& rng, Vec& q) { end.draw(rng, q); }, options);
  const double truth = p.log_evidence();
  // Means of 400 works: 4 standard errors fail with probability 6e-5 each; the work is dissipated
  // by more than that here.
  CHECK(up.bound + 4.0 * up.bound_error < truth);
  CHECK(down.bound - 4.0 * down.bound_error > truth);
  // exp(-W) has a relative deviation sqrt(n/ESS - 1): again 4 standard errors.
  for (const auto& r : {up, down})
    CHECK(std::abs(r.log_evidence - truth) <
          4.0 * std::sqrt((400.0 / r.effective_size - 1.0) / 400.0));
  CHECK(up.effective_size > 40.0);

  const int threads_before = threads();
  set_threads(2);
  const auto again = anneal_forward(posterior, exact, options);
  set_threads(threads_before);
  CHECK(again.minus_work == up.minus_work);
}

TEST_CASE("annealing by a sampler's moves obeys Jarzynski's equality too") {
  const auto p = regression();
  const AnyPotential posterior(p);
  const AnnealingOptions options{.steps = 20, .particles = 200, .seed = 7};
  Nuts nuts;
  nuts.metric = "unit";
  // Half of the narrowest deviation of the posterior, 0.5 / sqrt(n): stable at every b.
  const auto up = anneal_forward(posterior, move_by(nuts, 0.04, 2), options);
  const double truth = p.log_evidence();
  // 4 standard errors, as above; moves that do not keep exp(-U_b) would be off by nats.
  CHECK(up.bound + 4.0 * up.bound_error < truth);
  CHECK(std::abs(up.log_evidence - truth) <
        4.0 * std::sqrt((200.0 / up.effective_size - 1.0) / 200.0));
  CHECK(up.effective_size > 20.0);
}
