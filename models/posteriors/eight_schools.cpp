#include <thalweg/models/posteriors/eight_schools.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace thalweg {

namespace {

const double half_log_2pi = 0.5 * std::log(2.0 * std::numbers::pi);

}  // namespace

Doc EightSchools::doc() {
  return {
      .summary = "hierarchical model of several measured effects: Rubin's eight schools",
      .equation =
          "y_j ~ N(theta_j, s_j^2), theta_j = mu + tau eta_j, eta_j ~ N(0, 1), mu ~ N(0, m^2),\n"
          "tau ~ half-Cauchy(t): p(tau) = 2/(pi t (1 + tau^2/t^2)); q = (eta, mu, lambda = ln "
          "tau);\n"
          "U = sum_j [(y_j - theta_j)^2/(2 s_j^2) + ln s_j + eta_j^2/2 + ln 2 pi]\n"
          "    + mu^2/(2 m^2) + ln(m sqrt(2 pi)) + ln(pi t/2) + ln(1 + tau^2/t^2) - lambda",
      .source =
          "D. Rubin, Estimation in parallel randomized experiments, 1981; A. Gelman et al., "
          "Bayesian Data Analysis, 3rd ed., section 5.5",
      .notes =
          "U = -ln p(y, q) with every constant; - lambda is the Jacobian of tau = exp(lambda). "
          "centred: q = (theta, mu, lambda), whose density is a funnel. With the default data "
          "ln Z = -31.31135"};
}

void EightSchools::fields(Fields& f) {
  f("parametrisation", parametrisation, "", "which coordinates: eta or theta",
    one_of({"non_centred", "centred"}));
  f("effects", effects, "points", "measured effects y");
  f("standard_errors", standard_errors, "points", "their standard errors s", positive());
  f("mu_scale", mu_scale, "points", "prior standard deviation of mu", positive());
  f("tau_scale", tau_scale, "points", "scale of tau's half-Cauchy prior", positive());
  if (f.reading() && effects.size() != standard_errors.size())
    f.reject("standard_errors", fmt::format("has {} numbers, but effects has {}: give one each",
                                            standard_errors.size(), effects.size()));
  if (f.reading() && effects.empty()) f.reject("effects", "is empty: give at least one effect");
}

void EightSchools::prepare() {
  const auto n = static_cast<Index>(effects.size());
  centred_ = parametrisation == "centred";
  y_ = Eigen::Map<const Vec>(effects.data(), n);
  const auto s = Eigen::Map<const Vec>(standard_errors.data(), n).array();
  weight_ = s.square().inverse();
  likelihood_constant_ = s.log().sum() + static_cast<double>(n) * half_log_2pi;
  prior_constant_ = static_cast<double>(n + 1) * half_log_2pi + std::log(mu_scale) +
                    std::log(0.5 * std::numbers::pi * tau_scale);
}

double EightSchools::value(In q) const {
  thread_local Vec g;
  g.resize(dim());
  return value_and_gradient(q, g);
}

double EightSchools::prior(In q, Out g) const {
  const Index n = y_.size();
  const double mu = q[n], lambda = q[n + 1];
  const double u = std::exp(2.0 * lambda) / (tau_scale * tau_scale);
  double U = prior_constant_ + 0.5 * mu * mu / (mu_scale * mu_scale) + std::log1p(u) - lambda;
  g[n] = mu / (mu_scale * mu_scale);
  g[n + 1] = (std::isinf(u) ? 2.0 : 2.0 * u / (1.0 + u)) - 1.0;
  if (!centred_) {
    for (Index j = 0; j < n; ++j) {
      U += 0.5 * q[j] * q[j];
      g[j] = q[j];
    }
    return U;
  }
  const double rate = std::exp(-lambda);
  for (Index j = 0; j < n; ++j) {
    const double z = (q[j] - mu) * rate;
    U += 0.5 * z * z + lambda;
    g[j] = z * rate;
    g[n] -= z * rate;
    g[n + 1] += 1.0 - z * z;
  }
  return U;
}

double EightSchools::value_and_gradient(In q, Out g) const {
  const Index n = y_.size();
  double U = prior(q, g) + likelihood_constant_;
  if (centred_) {
    for (Index j = 0; j < n; ++j) {
      const double r = q[j] - y_[j];
      U += 0.5 * weight_[j] * r * r;
      g[j] += weight_[j] * r;
    }
    return U;
  }
  const double mu = q[n], tau = std::exp(q[n + 1]);
  double sum = 0.0, along = 0.0;
  for (Index j = 0; j < n; ++j) {
    const double r = mu + tau * q[j] - y_[j], pull = weight_[j] * r;
    U += 0.5 * pull * r;
    g[j] += tau * pull;
    sum += pull;
    along += pull * q[j];
  }
  g[n] += sum;
  g[n + 1] += tau * along;
  return U;
}

void EightSchools::hvp(In q, In v, Out Hv) const {
  const Index n = y_.size();
  const double mu = q[n], tau = std::exp(q[n + 1]), v_mu = v[n], v_lambda = v[n + 1];
  const double u = tau * tau / (tau_scale * tau_scale);
  double h_mu = v_mu / (mu_scale * mu_scale),
         h_lambda = 4.0 * u / ((1.0 + u) * (1.0 + u)) * v_lambda;
  for (Index j = 0; j < n; ++j) {
    const double w = weight_[j];
    if (centred_) {
      const double z = (q[j] - mu) / tau, dz = (v[j] - v_mu) / tau - z * v_lambda;
      const double pull = (dz - z * v_lambda) / tau;
      Hv[j] = pull + w * v[j];
      h_mu -= pull;
      h_lambda -= 2.0 * z * dz;
    } else {
      const double r = mu + tau * q[j] - y_[j];
      const double dr = v_mu + tau * (v[j] + q[j] * v_lambda);
      Hv[j] = v[j] + w * tau * (v_lambda * r + dr);
      h_mu += w * dr;
      h_lambda += w * tau * (dr * q[j] + r * (q[j] * v_lambda + v[j]));
    }
  }
  Hv[n] = h_mu;
  Hv[n + 1] = h_lambda;
}

void EightSchools::draw_prior(Rng& rng, Out q) const {
  const Index n = y_.size();
  const double mu = mu_scale * rng.normal();
  const double tau = tau_scale * std::tan(0.5 * std::numbers::pi * rng.uniform());
  for (Index j = 0; j < n; ++j) {
    const double eta = rng.normal();
    q[j] = centred_ ? mu + tau * eta : eta;
  }
  q[n] = mu;
  q[n + 1] = std::log(tau);
}

Vec EightSchools::initial_state(Rng& rng) const {
  Vec q(dim());
  draw_prior(rng, q);
  return q;
}

Layout EightSchools::layout() const {
  const Index n = y_.size();
  return {{centred_ ? "theta" : "eta", 0, {n}, centred_ ? "points" : "1", {}},
          {"mu", n, {}, "points", {}},
          {"log_tau", n + 1, {}, "1", {}}};
}

double EightSchools::theta(In q, Index j) const {
  const Index n = y_.size();
  return centred_ ? q[j] : q[n] + std::exp(q[n + 1]) * q[j];
}

double EightSchools::log_likelihood(In q, Index j) const {
  const double r = theta(q, j) - y_[j];
  return -0.5 * weight_[j] * r * r + 0.5 * std::log(weight_[j]) - half_log_2pi;
}

std::vector<DrawQuantity> EightSchools::draw_quantities() const {
  const Index n = y_.size();
  const Axis school{.name = "school", .size = n, .long_name = "experiment"};
  std::vector<DrawQuantity> all;
  if (!centred_)
    all.push_back({"posterior",
                   {{.name = "theta",
                     .unit = "points",
                     .long_name = "effect theta",
                     .comment = "theta = mu + tau eta",
                     .axes = {school}},
                    [m = *this](In q, double, Out out) {
                      for (Index j = 0; j < out.size(); ++j) out[j] = m.theta(q, j);
                    }}});
  all.push_back({"posterior",
                 {{.name = "tau",
                   .unit = "points",
                   .long_name = "spread tau of the effects",
                   .comment = "tau = exp(log_tau)"},
                  [n](In q, double, Out out) { out[0] = std::exp(q[n + 1]); }}});
  all.push_back({"log_likelihood",
                 {{.name = "y",
                   .long_name = "ln p(y_j | q)",
                   .comment = "with the constant of the normal density",
                   .axes = {school}},
                  [m = *this](In q, double, Out out) {
                    for (Index j = 0; j < out.size(); ++j) out[j] = m.log_likelihood(q, j);
                  }}});
  all.push_back({"log_prior",
                 {{.name = "q",
                   .long_name = "ln p(q)",
                   .comment = "density of the sampled coordinates, with the Jacobian of log_tau"},
                  [m = *this](In q, double, Out out) {
                    thread_local Vec g;
                    g.resize(q.size());
                    out[0] = -m.prior(q, g);
                  }}});
  return all;
}

std::vector<Exhibit> EightSchools::observed_data() const {
  const Axis school{.name = "school", .size = y_.size(), .long_name = "experiment"};
  return {
      {{.name = "y", .unit = "points", .long_name = "measured effect", .axes = {school}}, effects},
      {{.name = "standard_error",
        .unit = "points",
        .long_name = "standard error of the measured effect",
        .axes = {school}},
       standard_errors}};
}

Facts EightSchools::facts() const {
  return {{"density", fmt::format("hierarchical normal model of {} effects, {}; U = -ln p(y, q) "
                                  "with every constant and the Jacobian of log_tau",
                                  y_.size(), parametrisation)}};
}

}  // namespace thalweg
