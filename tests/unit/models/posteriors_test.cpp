// Posteriors with every constant: published test values, the parts that make up U, closed forms.
#include "support/catch.hpp"
#include "support/datasets.hpp"
#include "support/default_fields.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <numbers>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/posteriors/bayesian_linear_regression.hpp>
#include <thalweg/models/posteriors/bayesian_logistic_regression.hpp>
#include <thalweg/models/posteriors/bayesian_mlp.hpp>
#include <thalweg/models/posteriors/eight_schools.hpp>
#include <thalweg/models/posteriors/funnel.hpp>
#include <thalweg/models/posteriors/gaussian.hpp>

using namespace thalweg;

namespace {

// q_i = ((i mod 7) - 3)/10, the point of the published values.
Vec test_point(Index n) {
  Vec q(n);
  for (Index i = 0; i < n; ++i) q[i] = 0.1 * static_cast<double>(i % 7 - 3);
  return q;
}

// From matrices column by column (the order of the published point) to row by row.
Vec row_major(const Layout& layout, const Vec& q) {
  Vec moved = q;
  for (const auto& block : layout)
    if (block.shape.size() == 2) {
      const Index rows = block.shape[0], cols = block.shape[1];
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < cols; ++j)
          moved[block.offset + i * cols + j] = q[block.offset + j * rows + i];
    }
  return moved;
}

// Published values have 12 digits: half a unit of the last is up to 1e-12 relative; the rest is
// for their rounding.
template <class P>
void check_values(const P& p, const Vec& q, double log_density, double gradient_norm) {
  Vec g(q.size());
  CHECK(-p.value_and_gradient(q, g) == Approx(log_density).epsilon(1e-11).margin(0.0));
  CHECK(g.norm() == Approx(gradient_norm).epsilon(1e-11).margin(0.0));
}

BayesianMlp network(const char* data, std::vector<Index> hidden) {
  BayesianMlp net;
  net.hidden = std::move(hidden);
  net.data.data =
      std::string(data) == "iris" ? test::make_data(Iris{}) : test::make_data(NoisySine{});
  net.prepare();
  return net;
}

BayesianLinearRegression cubic() {
  BayesianLinearRegression p;
  p.degree = 3;
  p.noise = 0.2;
  p.prior_sd = 1.5;
  p.data.data = test::make_data(NoisySine{});
  p.prepare();
  return p;
}

BayesianLogisticRegression credit() {
  BayesianLogisticRegression p;
  p.data.data = test::make_data(GermanCredit{});
  p.prepare();
  return p;
}

}  // namespace

TEST_CASE("log posterior densities have their published values") {
  Gaussian gaussian;
  gaussian.prepare();
  check_values(gaussian, test_point(100), -132.980150105, 287.528669962);
  check_values(EightSchools{}, test_point(10), -43.817152933, 1.23727137193);
  check_values(credit(), test_point(25), -816.868506286, 351.552453559);
  const BayesianMlp regression = network("noisy_sine", {10}), classes = network("iris", {8});
  check_values(regression, row_major(regression.layout(), test_point(31)), -1632.42573389,
               2102.75714785);
  check_values(classes, test_point(67), -210.238175091, 88.6751643604);
}

TEST_CASE("every posterior of the catalogue passes the checks that users run") {
  for (const char* name : {"gaussian", "funnel", "eight_schools", "bayesian_linear_regression",
                           "bayesian_logistic_regression", "bayesian_mlp"}) {
    test::GivenFields fields;
    for (const auto& row : check_model(models().at(name).make(fields)).rows) {
      INFO(name << ": " << row.what << ": " << row.number << " > " << row.tolerance << " "
                << row.reason);
      CHECK(row.verdict != Verdict::failed);
    }
  }
}

TEST_CASE("other coordinates of eight schools and the funnel have exact derivatives too") {
  EightSchools schools;
  schools.parametrisation = "centred";
  schools.prepare();
  Funnel funnel;
  funnel.parametrisation = "non_centred";
  for (const AnyPotential& p : {AnyPotential(schools), AnyPotential(funnel)})
    CHECK(check_model(p).passed());
}

TEST_CASE("coordinates change a density by their Jacobian") {
  // theta = mu + tau eta: p(eta, mu, l) = p(theta, mu, l) tau^8. x = e^(v/2) z, v = s z_v:
  // p(z) = p(v, x) s e^(v (d - 1)/2).
  EightSchools schools, centred;
  centred.parametrisation = "centred";
  centred.prepare();
  const Vec q = test::normal_vector(10);
  Vec theta = q;
  theta.head(8) = Vec::Constant(8, q[8]) + std::exp(q[9]) * q.head(8);
  CHECK(schools.value(q) == Approx(centred.value(theta) - 8.0 * q[9]).epsilon(1e-14));

  Funnel funnel, normal;
  normal.parametrisation = "non_centred";
  const Vec z = test::normal_vector(10);
  Vec x(10);
  x[0] = 3.0 * z[0];
  x.tail(9) = std::exp(0.5 * x[0]) * z.tail(9);
  CHECK(normal.value(z) == Approx(funnel.value(x) - std::log(3.0) - 4.5 * x[0]).epsilon(1e-14));
}

TEST_CASE("U is minus the log prior minus the log likelihoods of all observations") {
  for (const AnyPotential& p :
       {AnyPotential(EightSchools{}), AnyPotential(cubic()), AnyPotential(credit()),
        AnyPotential(network("iris", {8})), AnyPotential(network("noisy_sine", {10}))}) {
    const Vec q = test::normal_vector(p.dim());
    double sum = 0.0;
    for (const auto& kept : p.draw_quantities()) {
      Vec out(kept.observable.variable.size());
      kept.observable.compute(q, 0.0, out);
      if (kept.group == "log_likelihood" || kept.group == "log_prior") sum += out.sum();
      if (kept.group == "posterior_predictive") CHECK(out.allFinite());
    }
    // Both sides add the same terms in another order; U is up to 1e4 here.
    CHECK(p.value(q) == Approx(-sum).epsilon(1e-12));
    Vec g(p.dim());
    REQUIRE(p.has_prior());
    CHECK(std::isfinite(p.prior(q, g)));
  }
}

TEST_CASE("a sum over linear predictors is the potential itself") {
  for (const AnyPotential& p : {AnyPotential(cubic()), AnyPotential(credit())}) {
    const auto glm = p.linear_predictors();
    REQUIRE(glm);
    const Vec q = test::normal_vector(p.dim());
    const Vec eta = glm->design() * q, away = q - glm->prior_mean();
    double U = glm->constant() + 0.5 * away.dot(glm->prior_precision().cwiseProduct(away));
    Vec gradient = glm->prior_precision().cwiseProduct(away), expected(p.dim());
    for (Index i = 0; i < eta.size(); ++i) {
      double value = 0, first = 0, second = 0;
      glm->phi(i, eta[i], value, first, second);
      U += value;
      gradient += first * glm->design().row(i).transpose();
    }
    CHECK(p.value_and_gradient(q, expected) == Approx(U).epsilon(1e-12));
    CHECK((gradient - expected).norm() < 1e-11 * expected.norm());
  }
}

TEST_CASE("the evidence of a conjugate regression is the density of its marginal Gaussian") {
  const auto p = cubic();
  const auto glm = p.linear_predictors();
  const Index n = glm->design().rows();
  // y ~ N(0, s^2 + t^2 X X')
  const Mat C = 0.04 * Mat::Identity(n, n) + 2.25 * glm->design() * glm->design().transpose();
  const Vec y = test::make_data(NoisySine{})->Y.col(0);
  const Eigen::LLT<Mat> cholesky(C);
  const double log_det = 2.0 * cholesky.matrixLLT().diagonal().array().log().sum();
  const double marginal = -0.5 * (static_cast<double>(n) * std::log(2.0 * std::numbers::pi) +
                                  log_det + y.dot(cholesky.solve(y)));
  CHECK(p.log_evidence() == Approx(marginal).epsilon(1e-11));
  // Bayes: U(q) + ln p(q | y) = -ln p(y) at any q.
  const Vec q = test::normal_vector(4), away = q - p.posterior_mean();
  const Mat A = p.posterior_covariance().inverse();
  const double log_posterior = -2.0 * std::log(2.0 * std::numbers::pi) +
                               0.5 * std::log(A.determinant()) - 0.5 * away.dot(A * away);
  CHECK(-p.value(q) - log_posterior == Approx(p.log_evidence()).epsilon(1e-9));
}

TEST_CASE("exact draws of the correlated Gaussian have its covariance") {
  Gaussian p;
  p.dimension = 6;
  p.prepare();
  Rng rng(3, "test.gaussian");
  Mat second = Mat::Zero(6, 6);
  const int n = 40000;
  Vec q(6);
  for (int i = 0; i < n; ++i) {
    p.draw(rng, q);
    second += q * q.transpose() / n;
  }
  // var(q_i q_j) = S_ii S_jj + S_ij^2; the largest of 21 exceeds 4.5 sd with probability 1.4e-4.
  const Mat& S = p.covariance();
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j <= i; ++j)
      CHECK(std::abs(second(i, j) - S(i, j)) <
            4.5 * std::sqrt((S(i, i) * S(j, j) + S(i, j) * S(i, j)) / n));
}

TEST_CASE("draws of the prior have the prior's energy") {
  // Normal priors: U_prior - constant is chi-square/2 of dim degrees, mean dim/2, variance dim/2.
  for (const AnyPotential& p :
       {AnyPotential(cubic()), AnyPotential(network("iris", {8})), AnyPotential(Funnel{})}) {
    REQUIRE(p.can_draw_prior());
    Rng rng(5, "test.prior");
    Vec q(p.dim()), g(p.dim());
    double sum = 0.0;
    const int n = 4000;
    for (int i = 0; i < n; ++i) {
      p.draw_prior(rng, q);
      p.prior(q, g);
      sum += q.dot(g) / n;  // E[q . dU/dq] = dim of any density
    }
    // Standard error from the variance 2 dim of a Gaussian; the funnel's is larger, with
    // var(v^2/s^2
    // - v (x'x e^-v - 9)/2) = 2 + 9 (18/4): the bound is 5 of the larger.
    const double d = static_cast<double>(p.dim());
    CHECK(std::abs(sum - d) < 5.0 * std::sqrt((2.0 * d + 45.0) / n));
  }
}

TEST_CASE("models complain about data that do not fit") {
  BayesianLinearRegression linear;
  linear.data.data = test::small_iris();
  CHECK_THROWS_WITH(linear.prepare(),
                    Catch::Contains("needs one real target") && Catch::Contains("has classes"));
  BayesianLogisticRegression logistic;
  logistic.data.data = test::small_iris();
  CHECK_THROWS_WITH(logistic.prepare(),
                    Catch::Contains("needs two classes, but data set \"iris\" has 3"));
  BayesianMlp net;
  net.likelihood = "categorical";
  net.data.data = test::teacher();
  CHECK_THROWS_WITH(net.prepare(), Catch::Contains("needs classes"));
  BayesianLinearRegression steep;
  steep.data.data = test::make_data(NoisySine{});
  steep.degree = 40;
  steep.prior_sd = 1e9;
  CHECK_THROWS_WITH(steep.prepare(), Catch::Contains("too ill-conditioned"));
}
