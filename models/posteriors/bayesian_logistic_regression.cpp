#include <thalweg/models/posteriors/bayesian_logistic_regression.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/models/datasets/fingerprint.hpp>
#include <thalweg/models/networks/kernel/linear_kernel.hpp>
#include <thalweg/models/posteriors/normal_prior.hpp>
#include <thalweg/models/posteriors/regression_data.hpp>

namespace thalweg {

namespace {

// ln(1 + e^x) and 1/(1 + e^-x), without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double sigmoid(double x) {
  const double e = std::exp(-std::abs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

}  // namespace

struct BayesianLogisticRegression::Posterior final : LinearPredictors {
  std::shared_ptr<const Dataset> data;
  Mat X;
  Vec sign, zero;
  NormalPrior prior;
  mlp_kernel::LogisticSum likelihood;

  [[nodiscard]] const Mat& design() const override { return X; }
  void phi(Index i, double eta, double& value, double& first, double& second) const override {
    // One exponential for all three: this is the inner loop of expectations.
    const double margin = sign[i] * eta, e = std::exp(-std::abs(margin)), r = 1.0 / (1.0 + e);
    value = std::max(-margin, 0.0) + std::log1p(e);
    first = -sign[i] * (margin > 0.0 ? e * r : r);
    second = e * r * r;
  }
  [[nodiscard]] const Vec& prior_mean() const override { return zero; }
  [[nodiscard]] const Vec& prior_precision() const override { return prior.precision(); }
  [[nodiscard]] double constant() const override { return prior.constant(); }
};

Doc BayesianLogisticRegression::doc() {
  return {.summary = "Bayesian logistic regression of two classes",
          .equation =
              "P(y_i = 1) = 1/(1 + exp(-eta_i)), eta_i = a + x_i . b, a, b_j ~ N(0, t^2);\n"
              "U = sum_i ln(1 + exp(-s_i eta_i)) + (a^2 + |b|^2)/(2 t^2)\n"
              "    + (d + 1) ln(t sqrt(2 pi)), s_i = +1 for class 1, -1 for class 0",
          .source = "D. R. Cox, The regression analysis of binary sequences, 1958",
          .notes =
              "U = -ln p(y, a, b) with every constant; q = (a, b): the intercept first; t is "
              "prior_sd, of the intercept too"};
}

void BayesianLogisticRegression::fields(Fields& f) {
  f("prior_sd", prior_sd, "1", "prior standard deviation t of every coefficient", positive());
  data.fields(f);
}

void BayesianLogisticRegression::prepare() {
  auto p = std::make_shared<Posterior>();
  p->data = data.data;
  if (p->data->classes.size() != 2)
    throw ModelError(
        fmt::format("bayesian_logistic_regression needs two classes, but data set "
                    "\"{}\" has {}; choose another data set or bayesian_mlp",
                    p->data->name, p->data->classes.size()));
  p->X = design_matrix(p->data->X, true);
  p->sign = Vec(p->X.rows());
  for (Index i = 0; i < p->sign.size(); ++i)
    p->sign[i] = p->data->labels[static_cast<std::size_t>(i)] == 1 ? 1.0 : -1.0;
  p->zero = Vec::Zero(p->X.cols());
  p->prior = NormalPrior(Vec::Constant(p->X.cols(), prior_sd));
  p->likelihood = mlp_kernel::LogisticSum(p->X, p->data->labels);
  posterior_ = std::move(p);
}

Index BayesianLogisticRegression::dim() const { return posterior_->X.cols(); }

double BayesianLogisticRegression::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return value_and_gradient(q, g);
}

double BayesianLogisticRegression::value_and_gradient(In q, Out g) const {
  const double misfit = posterior_->likelihood(q, g);
  return misfit + posterior_->prior.add_to(q, g);
}

void BayesianLogisticRegression::hvp(In q, In v, Out Hv) const {
  const auto& p = *posterior_;
  thread_local Vec eta, change;
  eta.noalias() = p.X * q;
  change.noalias() = p.X * v;
  for (Index i = 0; i < eta.size(); ++i) {
    const double probability = sigmoid(eta[i]);
    change[i] *= probability * sigmoid(-eta[i]);
  }
  Hv.noalias() = p.X.transpose() * change;
  Hv.array() += p.prior.precision().array() * v.array();
}

double BayesianLogisticRegression::prior(In q, Out g) const { return posterior_->prior(q, g); }

void BayesianLogisticRegression::draw_prior(Rng& rng, Out q) const {
  posterior_->prior.draw(rng, q);
}

Vec BayesianLogisticRegression::initial_state(Rng& rng) const {
  Vec q(dim());
  draw_prior(rng, q);
  return q;
}

Layout BayesianLogisticRegression::layout() const {
  return {{"intercept", 0, {}, "1", {}}, {"slopes", 1, {dim() - 1}, "1", {}}};
}

std::vector<DrawQuantity> BayesianLogisticRegression::draw_quantities() const {
  const Axis obs = observation_axis(posterior_->X.rows());
  return {{"posterior_predictive",
           {{.name = "probability", .long_name = "P(y_i = 1 | q)", .axes = {obs}},
            [p = posterior_](In q, double, Out out) {
              out.noalias() = p->X * q;
              for (Index i = 0; i < out.size(); ++i) out[i] = sigmoid(out[i]);
            }}},
          {"log_likelihood",
           {{.name = "y", .long_name = "ln P(y_i | q)", .axes = {obs}},
            [p = posterior_](In q, double, Out out) {
              out.noalias() = p->X * q;
              for (Index i = 0; i < out.size(); ++i) out[i] = -softplus(-p->sign[i] * out[i]);
            }}},
          {"log_prior",
           {{.name = "q", .long_name = "ln p(q)"}, [p = posterior_](In q, double, Out out) {
              thread_local Vec g;
              g.resize(q.size());
              out[0] = -p->prior(q, g);
            }}}};
}

std::vector<Exhibit> BayesianLogisticRegression::observed_data() const {
  return observed_data_of(*posterior_->data);
}

std::shared_ptr<const LinearPredictors> BayesianLogisticRegression::linear_predictors() const {
  return posterior_;
}

Facts BayesianLogisticRegression::facts() const {
  return {
      {"data", posterior_->data->description},
      {"density", fmt::format("U = -ln p(y, q) with every constant; prior N(0, {}^2)", prior_sd)},
      {"data_sha256", fingerprint(*posterior_->data)},
      {"instruction_set", mlp_kernel::instruction_set()}};
}

}  // namespace thalweg
