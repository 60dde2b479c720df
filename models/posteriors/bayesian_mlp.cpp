#include <thalweg/models/posteriors/bayesian_mlp.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <thalweg/models/posteriors/normal_prior.hpp>
#include <thalweg/models/posteriors/regression_data.hpp>

namespace thalweg {

namespace {

const double half_log_2pi = 0.5 * std::log(2.0 * std::numbers::pi);

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

// Standard deviations block by block: weights, perhaps over sqrt(fan_in), and biases.
Vec prior_sds(const Layout& layout, double weights, double biases, bool fan_in) {
  Vec sd(layout.back().offset + layout.back().size());
  for (const auto& block : layout) {
    const bool weight = block.shape.size() == 2;
    const double scale =
        weight && fan_in ? 1.0 / std::sqrt(static_cast<double>(block.shape[1])) : 1.0;
    sd.segment(block.offset, block.size()).setConstant((weight ? weights : biases) * scale);
  }
  return sd;
}

}  // namespace

struct BayesianMlp::Posterior {
  std::shared_ptr<const NetworkLoss> network;
  NormalPrior prior;
  std::string likelihood;
  double noise = 1.0, constant = 0.0;  // of the likelihood
  Samples grid;

  [[nodiscard]] Index outputs() const { return network->widths().back(); }
  // f to what is predicted: mean, P(1), or the probabilities of the classes.
  void predict(Eigen::Ref<Samples> f) const {
    if (likelihood == "bernoulli")
      f = f.unaryExpr([](double x) { return std::exp(-softplus(-x)); });
    if (likelihood == "categorical")
      for (Index i = 0; i < f.rows(); ++i) {
        f.row(i) = (f.row(i).array() - f.row(i).maxCoeff()).exp();
        f.row(i) /= f.row(i).sum();
      }
  }
  // ln p(y_i | f_i).
  [[nodiscard]] double log_likelihood(Index i, const Eigen::RowVectorXd& f) const {
    const Dataset& data = network->data();
    if (likelihood == "gaussian")
      return -0.5 * (f - data.Y.row(i)).squaredNorm() / (noise * noise) -
             static_cast<double>(f.size()) * (std::log(noise) + half_log_2pi);
    const int label = data.labels[static_cast<std::size_t>(i)];
    if (likelihood == "bernoulli") return -softplus(label == 1 ? -f[0] : f[0]);
    const double top = f.maxCoeff();
    return f[label] - top - std::log((f.array() - top).exp().sum());
  }
};

Doc BayesianMlp::doc() {
  return {
      .summary = "Bayesian neural network: a multilayer perceptron with normal priors",
      .equation =
          "z^l = W^l a^(l-1) + b^l, a^l = phi(z^l), f = z^L, q = (W1, b1, W2, ...);\n"
          "U = -sum_i ln p(y_i | f_i) + sum_j [q_j^2/(2 t_j^2) + ln(t_j sqrt(2 pi))];\n"
          "gaussian: -ln p = |y - f|^2/(2 s^2) + C ln(s sqrt(2 pi));\n"
          "categorical: -ln p = ln sum_c exp f_c - f_label;\n"
          "bernoulli: -ln p = ln(1 + exp(-f)) of class 1, ln(1 + exp f) of class 0",
      .source = "R. Neal, Bayesian Learning for Neural Networks, 1996",
      .notes =
          "U = -ln p(y, q) with every constant. t is prior_sd_weights, over sqrt(fan_in) with "
          "prior_scaling = \"fan_in\", or prior_sd_biases; s is the noise. The posterior is "
          "symmetric under permutations (and with tanh signs) of hidden units: judge convergence "
          "by predictions and log likelihood, not by weights"};
}

void BayesianMlp::fields(Fields& f) {
  f("hidden", hidden, "1", "widths of the hidden layers, [] for none", at_least(1));
  f("activation", activation, "", "activation of the hidden layers", one_of(activation_names()));
  f("likelihood", likelihood, "", "auto: categorical for classes, gaussian for targets",
    one_of({"auto", "gaussian", "bernoulli", "categorical"}));
  f("noise", noise, "1", "standard deviation s of the gaussian likelihood", positive());
  f("prior_sd_weights", prior_sd_weights, "1", "prior standard deviation of weights", positive());
  f("prior_sd_biases", prior_sd_biases, "1", "prior standard deviation of biases", positive());
  f("prior_scaling", prior_scaling, "", "whether weights' deviations are divided by sqrt(fan_in)",
    one_of({"none", "fan_in"}));
  f("grid", grid, "1", "first and last input of a grid to predict on, with one input; [] for none");
  f("grid_points", grid_points, "1", "points of that grid", between(0, 1e5));
  if (f.reading() && !grid.empty() && (grid.size() != 2 || !(grid[0] < grid[1]) || grid_points < 2))
    f.reject("grid", "must be two ascending numbers, beside grid_points >= 2");
  if (f.reading() && grid.empty() && grid_points > 0)
    f.reject("grid_points", "needs grid = [first, last]");
  data.fields(f);
}

void BayesianMlp::prepare() {
  auto p = std::make_shared<Posterior>();
  const Dataset& set = *data.data;
  p->likelihood = likelihood != "auto"   ? likelihood
                  : set.classification() ? "categorical"
                                         : "gaussian";
  p->noise = noise;
  LossOptions factors{.scale = 1.0, .l2 = 0.0, .reduction = "sum"};
  if (p->likelihood == "gaussian") {
    factors.scale = 1.0 / (noise * noise);
    p->constant = static_cast<double>(set.Y.size()) * (std::log(noise) + half_log_2pi);
  }
  p->network = std::make_shared<const NetworkLoss>(
      data.data, NetworkLoss::Options{.hidden = hidden,
                                      .activation = activation_of(activation),
                                      .loss = p->likelihood == "gaussian"    ? "mse"
                                              : p->likelihood == "bernoulli" ? "logistic"
                                                                             : "cross_entropy",
                                      .factors = factors});
  p->prior = NormalPrior(prior_sds(p->network->layout(), prior_sd_weights, prior_sd_biases,
                                   prior_scaling == "fan_in"));
  if (!grid.empty()) {
    if (set.X.cols() != 1)
      throw ModelError(fmt::format("grid needs one input, but data set \"{}\" has {}; remove grid",
                                   set.name, set.X.cols()));
    p->grid = Samples(grid_points, 1);
    p->grid.col(0) = Vec::LinSpaced(grid_points, grid[0], grid[1]);
  }
  posterior_ = std::move(p);
}

Index BayesianMlp::dim() const { return posterior_->network->dim(); }

double BayesianMlp::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return posterior_->network->value(q) + posterior_->constant + posterior_->prior(q, g);
}

double BayesianMlp::value_and_gradient(In q, Out g) const {
  const double misfit = posterior_->network->value_and_gradient(q, g);
  return misfit + posterior_->constant + posterior_->prior.add_to(q, g);
}

double BayesianMlp::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  const double misfit = posterior_->network->value_and_gradient(q, batch, g);
  return misfit + posterior_->constant + posterior_->prior.add_to(q, g);
}

void BayesianMlp::hvp(In q, In v, Out Hv) const {
  posterior_->network->hvp(q, v, Hv);
  Hv.array() += posterior_->prior.precision().array() * v.array();
}

namespace {

class PosteriorCurvature final : public Curvature {
 public:
  PosteriorCurvature(std::unique_ptr<Curvature> misfit, Vec precision)
      : misfit_(std::move(misfit)), precision_(std::move(precision)) {}
  void hvp(MatIn V, MatOut HV) override {
    misfit_->hvp(V, HV);
    HV += precision_.asDiagonal() * V;
  }

 private:
  std::unique_ptr<Curvature> misfit_;
  Vec precision_;
};

}  // namespace

std::unique_ptr<Curvature> BayesianMlp::at(In q) const {
  return std::make_unique<PosteriorCurvature>(posterior_->network->at(q),
                                              posterior_->prior.precision());
}

Index BayesianMlp::samples() const { return posterior_->network->samples(); }
double BayesianMlp::prior(In q, Out g) const { return posterior_->prior(q, g); }
void BayesianMlp::draw_prior(Rng& rng, Out q) const { posterior_->prior.draw(rng, q); }
Layout BayesianMlp::layout() const { return posterior_->network->layout(); }

Vec BayesianMlp::initial_state(Rng& rng) const {
  Vec q(dim());
  draw_prior(rng, q);
  return 0.1 * q;
}

Observables BayesianMlp::observables() const { return posterior_->network->observables(); }

std::vector<DrawQuantity> BayesianMlp::draw_quantities() const {
  const auto p = posterior_;
  const Index n = samples(), C = p->outputs();
  const std::string what = p->likelihood == "gaussian" ? "mean" : "probability";
  const std::string title = p->likelihood == "gaussian"    ? "prediction f(x)"
                            : p->likelihood == "bernoulli" ? "P(class 1 | x, q)"
                                                           : "P(class | x, q)";
  const auto axes = [&](const Axis& first) {
    std::vector<Axis> all{first};
    if (C > 1) {
      Axis output{.name = p->likelihood == "categorical" ? "class" : "output", .size = C};
      if (p->likelihood == "categorical") output.labels = p->network->data().classes;
      all.push_back(output);
    }
    return all;
  };
  std::vector<DrawQuantity> all;
  all.push_back({"posterior_predictive",
                 {{.name = what,
                   .long_name = title,
                   .comment = "given the parameters, without noise",
                   .axes = axes(observation_axis(n))},
                  [p, n, C](In q, double, Out out) {
                    Eigen::Map<Samples> f(out.data(), n, C);
                    p->network->outputs(q, f);
                    p->predict(f);
                  }}});
  if (p->grid.rows() > 0) {
    const Axis axis{.name = "x",
                    .size = p->grid.rows(),
                    .long_name = "input",
                    .values = {p->grid.data(), p->grid.data() + p->grid.size()}};
    all.push_back({"posterior_predictive",
                   {{.name = what + "_on_grid",
                     .long_name = title,
                     .comment = "given the parameters, without noise; inputs as the network sees "
                                "them, after scaling",
                     .axes = axes(axis)},
                    [p, C](In q, double, Out out) {
                      Eigen::Map<Samples> f(out.data(), p->grid.rows(), C);
                      p->network->outputs(q, p->grid, f);
                      p->predict(f);
                    }}});
  }
  all.push_back({"log_likelihood",
                 {{.name = "y",
                   .long_name = "ln p(y_i | q)",
                   .comment = "with every constant",
                   .axes = {observation_axis(n)}},
                  [p, n, C](In q, double, Out out) {
                    thread_local Samples f;
                    f.resize(n, C);
                    p->network->outputs(q, f);
                    for (Index i = 0; i < n; ++i) out[i] = p->log_likelihood(i, f.row(i));
                  }}});
  all.push_back({"log_prior", {{.name = "q", .long_name = "ln p(q)"}, [p](In q, double, Out out) {
                                 thread_local Vec g;
                                 g.resize(q.size());
                                 out[0] = -p->prior(q, g);
                               }}});
  return all;
}

std::vector<Exhibit> BayesianMlp::observed_data() const {
  return observed_data_of(posterior_->network->data());
}

Facts BayesianMlp::facts() const {
  Facts facts = posterior_->network->facts();
  for (auto& [name, text] : facts)
    if (name == "loss_convention") {
      name = "density";
      text = fmt::format(
          "U = -ln p(y, q) with every constant; {} likelihood{}; prior standard deviation {} of "
          "weights{}, {} of biases",
          posterior_->likelihood,
          posterior_->likelihood == "gaussian" ? fmt::format(" of noise {}", noise) : "",
          prior_sd_weights, prior_scaling == "fan_in" ? " over sqrt(fan_in)" : "", prior_sd_biases);
    }
  return facts;
}

}  // namespace thalweg
