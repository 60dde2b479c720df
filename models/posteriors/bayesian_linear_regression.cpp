#include <thalweg/models/posteriors/bayesian_linear_regression.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <thalweg/models/datasets/fingerprint.hpp>
#include <thalweg/models/networks/kernel/linear_kernel.hpp>
#include <thalweg/models/posteriors/normal_prior.hpp>
#include <thalweg/models/posteriors/regression_data.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

const double half_log_2pi = 0.5 * std::log(2.0 * std::numbers::pi);

}  // namespace

// With A = X'X/s^2 + 1/t^2 and A m = X'y/s^2:  U = minimum + (q - m)' A (q - m)/2.
struct BayesianLinearRegression::Posterior final : LinearPredictors {
  std::shared_ptr<const Dataset> data;
  Mat X, covariance;
  Vec y, mean, zero;
  NormalPrior prior;
  double noise = 1.0, minimum = 0.0, log_evidence = 0.0, likelihood_constant = 0.0;
  mlp_kernel::PackedMatrix precision;
  SymmetricEigen modes;

  [[nodiscard]] const Mat& design() const override { return X; }
  void phi(Index i, double eta, double& value, double& first, double& second) const override {
    const double e = (eta - y[i]) / noise;
    value = 0.5 * e * e;
    first = e / noise;
    second = 1.0 / (noise * noise);
  }
  [[nodiscard]] const Vec& prior_mean() const override { return zero; }
  [[nodiscard]] const Vec& prior_precision() const override { return prior.precision(); }
  [[nodiscard]] double constant() const override { return prior.constant() + likelihood_constant; }
};

Doc BayesianLinearRegression::doc() {
  return {
      .summary = "Bayesian linear or polynomial regression: a Gaussian posterior, known exactly",
      .equation =
          "y_i ~ N(x_i . b, s^2), b_j ~ N(0, t^2), x_i = (1, x, x^2, ..., x^degree), q = b;\n"
          "U = sum_i [(y_i - x_i . b)^2/(2 s^2) + ln(s sqrt(2 pi))]\n"
          "    + sum_j [b_j^2/(2 t^2) + ln(t sqrt(2 pi))];\n"
          "A = X'X/s^2 + 1/t^2, m = A^-1 X'y/s^2, posterior N(m, A^-1);\n"
          "ln Z = -(n/2) ln(2 pi s^2) - p ln t - (1/2) ln det A - (y'y/s^2 - m'A m)/2",
      .source = "C. Bishop, Pattern Recognition and Machine Learning, 2006, section 3.5",
      .notes =
          "U = -ln p(y, b) with every constant; s is the noise, t prior_sd; powers are taken of "
          "each input by itself. Posterior, evidence and gradient flow are known in closed "
          "form"};
}

void BayesianLinearRegression::fields(Fields& f) {
  f("noise", noise, "1", "standard deviation s of the noise", positive());
  f("prior_sd", prior_sd, "1", "prior standard deviation t of every coefficient", positive());
  f("degree", degree, "1", "highest power of each input", between(1, 100));
  f("intercept", intercept, "1", "whether there is a constant term");
  data.fields(f);
}

void BayesianLinearRegression::prepare() {
  auto p = std::make_shared<Posterior>();
  p->data = data.data;
  if (p->data->classification() || p->data->Y.cols() != 1)
    throw ModelError(fmt::format(
        "bayesian_linear_regression needs one real target, but data set "
        "\"{}\" has {}; choose another data set",
        p->data->name,
        p->data->classification() ? "classes" : fmt::format("{} targets", p->data->Y.cols())));
  const Index n = p->data->size(), inputs = p->data->X.cols();
  Samples powers(n, inputs * degree);
  for (Index k = 0; k < degree; ++k)
    powers.middleCols(k * inputs, inputs) = p->data->X.array().pow(static_cast<double>(k + 1));
  p->X = design_matrix(powers, intercept);
  p->y = p->data->Y.col(0);
  p->noise = noise;
  const Index d = p->X.cols();
  p->zero = Vec::Zero(d);
  p->prior = NormalPrior(Vec::Constant(d, prior_sd));
  p->likelihood_constant = static_cast<double>(n) * (std::log(noise) + half_log_2pi);

  const double weight = 1.0 / (noise * noise);
  Mat A = weight * (p->X.transpose() * p->X);
  A.diagonal() += p->prior.precision();
  p->modes = symmetric_eigen(A);
  const auto& modes = p->modes;
  // Without this A is not positive to rounding, and covariance and evidence are noise.
  if (!(modes.values[0] > 1e-14 * modes.values[d - 1]))
    throw ModelError(
        fmt::format("bayesian_linear_regression is too ill-conditioned for double precision "
                    "(eigenvalues {:.3g} "
                    "to {:.3g}); lower prior_sd or degree",
                    modes.values[0], modes.values[d - 1]));
  p->covariance =
      modes.vectors * modes.values.cwiseInverse().asDiagonal() * modes.vectors.transpose();
  const Vec b = weight * (p->X.transpose() * p->y);
  p->mean = p->covariance * b;
  p->mean += p->covariance * (b - A * p->mean);  // one refinement
  p->precision = mlp_kernel::PackedMatrix(A);
  const Vec residual = p->y - p->X * p->mean;
  p->minimum = 0.5 * weight * residual.squaredNorm() + p->likelihood_constant +
               0.5 * p->mean.squaredNorm() / (prior_sd * prior_sd) + p->prior.constant();
  p->log_evidence =
      -p->minimum + static_cast<double>(d) * half_log_2pi - 0.5 * modes.values.array().log().sum();
  posterior_ = std::move(p);
}

Index BayesianLinearRegression::dim() const { return posterior_->X.cols(); }

double BayesianLinearRegression::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return value_and_gradient(q, g);
}

double BayesianLinearRegression::value_and_gradient(In q, Out g) const {
  thread_local Vec away;
  away = q - posterior_->mean;
  posterior_->precision(away, g);
  return posterior_->minimum + 0.5 * away.dot(g);
}

void BayesianLinearRegression::hvp(In, In v, Out Hv) const { posterior_->precision(v, Hv); }

double BayesianLinearRegression::prior(In q, Out g) const { return posterior_->prior(q, g); }

void BayesianLinearRegression::draw_prior(Rng& rng, Out q) const { posterior_->prior.draw(rng, q); }

Vec BayesianLinearRegression::initial_state(Rng& rng) const {
  Vec q(dim());
  draw_prior(rng, q);
  return q;
}

Layout BayesianLinearRegression::layout() const {
  const Index inputs = posterior_->data->X.cols();
  Layout blocks;
  if (intercept) blocks.push_back({"intercept", 0, {}, "1", {}});
  const Index first = intercept ? 1 : 0;
  if (degree == 1)
    blocks.push_back({"slopes", first, {inputs}, "1", {}});
  else
    blocks.push_back({"coefficients", first, {degree, inputs}, "1", {}});
  return blocks;
}

bool BayesianLinearRegression::exact_flow(In q0, double t, Out q) const {
  const auto& p = *posterior_;
  const Vec decay = (-t * p.modes.values.array()).exp();
  q = p.mean +
      p.modes.vectors * (decay.asDiagonal() * (p.modes.vectors.transpose() * (q0 - p.mean)));
  return true;
}

std::optional<double> BayesianLinearRegression::minimum_value() const {
  return posterior_->minimum;
}

std::vector<DrawQuantity> BayesianLinearRegression::draw_quantities() const {
  const Axis obs = observation_axis(posterior_->X.rows());
  return {{"posterior_predictive",
           {{.name = "mean",
             .long_name = "prediction x . b",
             .comment = "mean of y given b, without the noise",
             .axes = {obs}},
            [p = posterior_](In q, double, Out out) { out.noalias() = p->X * q; }}},
          {"log_likelihood",
           {{.name = "y",
             .long_name = "ln p(y_i | b)",
             .comment = "with the constant of the normal density",
             .axes = {obs}},
            [p = posterior_](In q, double, Out out) {
              out.noalias() = p->X * q;
              const double constant = std::log(p->noise) + half_log_2pi;
              out = -0.5 * ((out - p->y) / p->noise).array().square() - constant;
            }}},
          {"log_prior",
           {{.name = "b", .long_name = "ln p(b)"}, [p = posterior_](In q, double, Out out) {
              thread_local Vec g;
              g.resize(q.size());
              out[0] = -p->prior(q, g);
            }}}};
}

std::vector<Exhibit> BayesianLinearRegression::observed_data() const {
  return observed_data_of(*posterior_->data);
}

std::shared_ptr<const LinearPredictors> BayesianLinearRegression::linear_predictors() const {
  return posterior_;
}

Facts BayesianLinearRegression::facts() const {
  return {{"data", posterior_->data->description},
          {"density", fmt::format("U = -ln p(y, b) with every constant; noise {}, prior N(0, {}^2)",
                                  noise, prior_sd)},
          {"log_evidence", fmt::format("{:.17g} (exact)", log_evidence())},
          {"data_sha256", fingerprint(*posterior_->data)}};
}

const Vec& BayesianLinearRegression::posterior_mean() const { return posterior_->mean; }
const Mat& BayesianLinearRegression::posterior_covariance() const { return posterior_->covariance; }
double BayesianLinearRegression::log_evidence() const { return posterior_->log_evidence; }

}  // namespace thalweg
