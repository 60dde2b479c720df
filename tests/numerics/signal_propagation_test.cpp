// Ensembles of random networks against mean-field theory, exact moments at finite width and the
// laws of products of random matrices. Seeds are fixed: a threshold of 1e-4 in probability is the
// false alarm that a new seed would risk.
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <thalweg/models/propagation/gradient_fluctuations.hpp>
#include <thalweg/models/propagation/mean_field.hpp>
#include <thalweg/models/propagation/random_network.hpp>
#include <thalweg/models/propagation/signal_statistics.hpp>
#include <thalweg/models/propagation/singular_value_law.hpp>

using namespace thalweg;
using mlp_kernel::Activation;

namespace {

constexpr double critical_w2 = 1.76095463960674, critical_q = 0.570047881640764;

RandomNetwork tanh_networks(std::vector<double> w2, Index width, Index depth, Index nets) {
  RandomNetwork r;
  r.sigma_w.clear();
  for (const double w : w2) r.sigma_w.push_back(std::sqrt(w));
  r.sigma_b = std::sqrt(0.05);
  r.width = width;
  r.depth = depth;
  r.nets = nets;
  return r;
}

double observed(const RandomNetwork& r, const std::string& name, Index layer, Index entry = 0) {
  for (const auto& o : r.observables())
    if (o.variable.name == name) {
      Vec out(o.variable.size());
      o.compute(r.history()->signal(layer), static_cast<double>(layer), out);
      return out[entry];
    }
  throw std::runtime_error("no observable " + name);
}

// Of a curve over the layers 0..depth, by least squares, from the last to the first.
double slope_of(Index depth, const std::function<double(Index)>& curve) {
  double sxy = 0.0, sxx = 0.0;
  for (Index l = 0; l <= depth; ++l) {
    const double x = static_cast<double>(depth) / 2.0 - static_cast<double>(l);
    sxy += x * curve(l);
    sxx += x * x;
  }
  return sxy / sxx;
}

// Of ln |delta|^2, the mean over nets.
double slope_of(const RandomNetwork& r, Index regime) {
  return slope_of(r.depth,
                  [&](Index l) { return r.history()->log_gradient(l).col(regime).mean(); });
}

}  // namespace

TEST_CASE("lengths and correlations at width 1000 pass chi^2 over 20 nets and all layers") {
  auto r = tanh_networks({1.3, critical_w2, 2.2}, 1000, 8, 20);
  r.prepare();
  for (Index regime = 0; regime < 3; ++regime) {
    const double w2 = std::vector{1.3, critical_w2, 2.2}[static_cast<std::size_t>(regime)];
    const MeanField field(Activation::tanh, std::sqrt(w2), r.sigma_b);
    const auto q = chi_square_of_lengths(*r.history(), field, regime);
    const auto c = chi_square_of_pairs(*r.history(), field, regime);
    CHECK(q.freedom.back() == 16.0);
    CHECK(q.p_value(8) > 1e-4);
    CHECK(c.p_value(8) > 1e-4);
    // Far too good would be as wrong.
    CHECK(q.p_value(8) < 1.0 - 1e-4);
    CHECK(c.p_value(8) < 1.0 - 1e-4);
    // The free run beside the theory: deviations of the layers before add up in both.
    const SignalTheory free(field, 8, 1.0, 0.5);
    for (Index l = 1; l <= 8; ++l) {
      const Vec& h = r.history()->signal(l);
      const auto seen = measured(lengths(r.history()->layers(), h, regime));
      CHECK(std::abs(seen.mean - free.q[static_cast<std::size_t>(l)]) < 4.5 * seen.error);
      const auto pair = measured(correlations(r.history()->layers(), h, regime));
      CHECK(std::abs(pair.mean - 1.0 + free.gap[static_cast<std::size_t>(l)]) < 4.5 * pair.error);
    }
    // The test has teeth: a sigma_w off by 2 % is refused.
    const MeanField wrong(Activation::tanh, 1.02 * std::sqrt(w2), r.sigma_b);
    CHECK(chi_square_of_lengths(*r.history(), wrong, regime).p_value(8) < 1e-6);
  }
}

TEST_CASE("chi^2 of correct networks has its degrees of freedom as mean") {
  // 100 ensembles of narrow networks: sums of 2000 degrees of freedom have a relative standard
  // deviation of sqrt(2 / 2000) = 0.032.
  struct Sum {
    double value = 0.0, freedom = 0.0;
    void add(const ChiSquare& chi2) {
      value += chi2.value.back();
      freedom += chi2.freedom.back();
    }
    [[nodiscard]] double z() const { return (value - freedom) / std::sqrt(2.0 * freedom); }
  };
  Sum relu_lengths, relu_pairs, tanh_lengths;
  for (Index seed = 0; seed < 100; ++seed) {
    auto r = tanh_networks({2.2}, 60, 10, 12);
    r.seed = seed;
    r.prepare();
    tanh_lengths.add(chi_square_of_lengths(
        *r.history(), MeanField(Activation::tanh, r.sigma_w[0], r.sigma_b), 0));
    r.activation = "relu";
    r.prepare();
    const MeanField relu(Activation::relu, r.sigma_w[0], r.sigma_b);
    relu_lengths.add(chi_square_of_lengths(*r.history(), relu, 0));
    relu_pairs.add(chi_square_of_pairs(*r.history(), relu, 0));
  }
  CHECK(relu_lengths.freedom == 2000.0);
  for (const Sum& sum : {relu_lengths, relu_pairs, tanh_lengths}) CHECK(std::abs(sum.z()) < 4.0);
}

TEST_CASE("ln |delta|^2 falls and rises with its slope, to 3 %, and spreads as it should") {
  // Narrow networks cost less for the same error of a slope, which is sqrt(1.2 v / (depth nets)), v
  // the variance of a layer. An independent sum of the first order in 1/N, with stationary lengths:
  // the variance of a layer, N v, and the slope's distance from ln chi. What it leaves out was
  // looked for in 2000 networks of width 40, by numpy: 0.1 % and 0.4 % of the slope, within their
  // errors, but 2 % where chaos is strong, so these are wider.
  struct Case {
    double w2, variance, shift;
    Index width, nets;
  };
  const Index depth = 30;
  for (const auto& [w2, layer, shift, width, nets] : {Case{0.8, 2.387373, -1.305536, 40, 400},
                                                      {1.3, 3.262022, -1.479836, 40, 1000},
                                                      {4.0, 6.354733, -2.850302, 70, 400}}) {
    auto r = tanh_networks({w2}, width, depth, nets);
    const MeanField field(Activation::tanh, std::sqrt(w2), r.sigma_b);
    r.inputs = 1;
    r.q0 = field.fixed_point();
    r.prepare();
    const double chi = std::log(field.chi(r.q0)), N = static_cast<double>(width);
    const double error = std::sqrt(1.2 * layer / N / static_cast<double>(depth * nets));
    const double expected = chi + shift / N;
    REQUIRE(0.03 * std::abs(expected) > 2.0 * error);  // else 3 % would be luck
    CHECK(slope_of(r, 0) == Approx(expected).epsilon(0.03));
    // A variance of n nets has a relative error of sqrt(2 / (n - 1)) = 0.07, of which 3.5.
    const double predicted = observed(r, "log_gradient_variance_theory", 0);
    CHECK(variance(r.history()->log_gradient(0).col(0)) == Approx(predicted).epsilon(0.25));
    // Between layers in the middle, beyond what the ends do.
    const auto of_layers = [&](const char* name) {
      return N * (observed(r, name, 10) - observed(r, name, 20)) / 10.0;
    };
    CHECK(of_layers("log_gradient_variance_theory") == Approx(layer).epsilon(0.01));
    CHECK(of_layers("log_gradient_theory") == Approx(N * chi + shift).epsilon(0.002));
  }
}

TEST_CASE("a hundred layers of width 1000: chi^2 of 20 nets over all of them", "[slow]") {
  // The regimes of example 13, order, edge and chaos. Depth adds degrees of freedom because layers
  // are compared given the one before; a free run has errors that remember earlier layers.
  const Index depth = 100, nets = 20, width = 1000;
  const std::vector<double> w2{1.3, critical_w2, 2.2};
  auto r = tanh_networks(w2, width, depth, nets);
  r.prepare();
  for (Index regime = 0; regime < 3; ++regime) {
    const MeanField field(Activation::tanh, std::sqrt(w2[static_cast<std::size_t>(regime)]),
                          r.sigma_b);
    const auto q = chi_square_of_lengths(*r.history(), field, regime);
    const auto c = chi_square_of_pairs(*r.history(), field, regime);
    CHECK(q.freedom.back() == 200.0);
    CHECK(c.freedom.back() == 200.0);
    for (const auto* chi2 : {&q, &c}) {
      CHECK(chi2->p_value(depth) > 1e-3);
      CHECK(chi2->p_value(depth) < 1.0 - 1e-3);
    }
    // The free run beside the theory, layer by layer: 600 of them here, not independent.
    const SignalTheory free(field, depth, 1.0, 0.5);
    for (Index l = 1; l <= depth; ++l) {
      const Vec& h = r.history()->signal(l);
      const auto seen = measured(lengths(r.history()->layers(), h, regime));
      const auto pair = measured(correlations(r.history()->layers(), h, regime));
      CHECK(std::abs(seen.mean - free.q[static_cast<std::size_t>(l)]) < 4.5 * seen.error);
      CHECK(std::abs(pair.mean - 1.0 + free.gap[static_cast<std::size_t>(l)]) < 4.5 * pair.error);
    }
  }
}

TEST_CASE("near the edge, too, ln |delta|^2 has its slope to 3 %", "[slow]") {
  // A slope's error is sqrt(1.2 v / (depth nets)), v the variance of a layer: 3 % of slopes this
  // small take 480 nets of width 200, 20 of any width that fits here would not do.
  const Index depth = 100, nets = 480, width = 200;
  const std::vector<double> w2{1.3, 2.2};
  auto r = tanh_networks(w2, width, depth, nets);
  r.inputs = 1;
  r.prepare();
  for (Index regime = 0; regime < 2; ++regime) {
    const double measured_slope = slope_of(r, regime);
    const MeanField field(Activation::tanh, r.sigma_w[static_cast<std::size_t>(regime)], r.sigma_b);
    const double N = static_cast<double>(width), layer = regime == 0 ? 3.262 : 4.543;
    const SignalTheory signals(field, depth, r.q0, r.c0);
    const auto theory = gradient_fluctuations(field, r.history()->layers().phi, signals);
    const double expected = slope_of(depth, [&](Index l) {
      return signals.log_chi_sum(l, depth) + theory.shift[static_cast<std::size_t>(l)] / N;
    });
    const double error = std::sqrt(1.2 * layer / N / static_cast<double>(depth * nets));
    CHECK(measured_slope == Approx(expected).epsilon(0.03));
    CHECK(std::abs(measured_slope - expected) < 4.0 * error + 0.002 * std::abs(expected));
    CHECK(std::abs(measured_slope / std::log(field.chi(field.fixed_point())) - 1.0) < 0.15);
  }
}

TEST_CASE("relu and linear networks have their exact moments at finite width") {
  // E |a^L|^4 / |a^0|^4 = (1 + 5/N)^L of relu with He's weights, (1 + 2/N)^L of linear ones, at
  // N = 20 far from the limit.
  for (const auto& [name, scale, fluctuation] :
       {std::tuple{"relu", std::sqrt(2.0), 5.0}, std::tuple{"identity", 1.0, 2.0}}) {
    RandomNetwork r;
    r.activation = name;
    r.sigma_w = {scale};
    r.width = 20;
    r.depth = 6;
    r.nets = 12000;
    r.inputs = 1;
    r.prepare();
    CHECK(observed(r, "activity_square_theory", 6) ==
          Approx(std::pow(1.0 + fluctuation / 20.0, 6)).epsilon(1e-12));
    for (const Index l : {1, 3, 6})
      for (const char* power : {"activity", "activity_square"})
        CHECK(std::abs(observed(r, power, l) - observed(r, std::string(power) + "_theory", l)) <
              4.0 * observed(r, std::string(power) + "_error", l));
    if (std::string(name) != "identity") continue;
    // ln |delta|^2 walks with mean psi(N/2) + ln(2/N) and variance psi'(N/2) a layer, exactly:
    // psi(10) = 2.2517525890667212, psi'(10) = 0.1051663356816858 (Abramowitz, Stegun).
    const Vec logs = r.history()->log_gradient(0).col(0);
    const double step = 6.0 * 0.1051663356816858;
    CHECK(observed(r, "log_gradient_theory", 0) ==
          Approx(6.0 * (2.2517525890667212 - std::log(10.0))).epsilon(1e-12));
    CHECK(std::abs(logs.mean() - observed(r, "log_gradient_theory", 0)) <
          4.0 * std::sqrt(step / 12000.0));
    CHECK(variance(logs) == Approx(step).epsilon(4.0 * std::sqrt(2.2 / 12000.0)));
  }
}

TEST_CASE("Jacobians of linear networks follow Fuss and Catalan, orthogonal ones are isometries") {
  RandomNetwork r;
  r.activation = "identity";
  r.width = 200;
  r.depth = 3;
  r.nets = 6;
  r.inputs = 1;
  r.prepare();
  JacobianProduct gaussian(r.history(), 6);
  const auto s2 = gaussian.singular_values(3).array().square().eval();
  // 1 / N^2 corrections and fluctuations below 1 % of m_2.
  CHECK(s2.mean() == Approx(1.0).epsilon(0.015));
  CHECK(s2.square().mean() == Approx(fuss_catalan(3, 2)).epsilon(0.03));
  CHECK(s2.cube().mean() == Approx(fuss_catalan(3, 3)).epsilon(0.06));
  // The edge, up to N^(-2/3).
  CHECK(s2.maxCoeff() == Approx(fuss_catalan_edge(3)).epsilon(0.06));

  r.weights = "orthogonal";
  r.nets = 2;
  r.width = 100;
  r.prepare();
  JacobianProduct orthogonal(r.history(), 2);
  CHECK((orthogonal.singular_values(3).array() - 1.0).abs().maxCoeff() < 1e-12);
}

TEST_CASE("the spread of s^2 at the edge of chaos is Pennington's") {
  // Of s^2 in J J' for tanh: depth (mu_2/mu_1^2 + 1 - 1) for Gaussian, depth (mu_2/mu_1^2 - 1) for
  // orthogonal weights, mu_2/mu_1^2 = 1.342256078.
  for (const char* weights : {"gaussian", "orthogonal"}) {
    auto r = tanh_networks({critical_w2}, 300, 4, 5);
    r.weights = weights;
    r.q0 = critical_q;
    r.inputs = 1;
    r.jacobian_nets = 5;
    r.prepare();
    const double predicted = observed(r, "jacobian_spread_theory", 4);
    CHECK(predicted ==
          Approx(4.0 * (1.342256078 - (std::string(weights) == "orthogonal" ? 1.0 : 0.0)))
              .epsilon(1e-8));
    CHECK(observed(r, "jacobian_spread", 4) == Approx(predicted).epsilon(0.08));
    CHECK(observed(r, "jacobian_mean", 4) == Approx(1.0).epsilon(0.05));
    // The whole law, by Kolmogorov's distance of 1500 singular values, which repel each other and
    // fluctuate like 1/N, not like 1/sqrt(N).
    JacobianProduct jacobian(r.history(), 5);
    Vec all = jacobian.singular_values(4).reshaped();
    std::sort(all.begin(), all.end(), std::greater<>());
    const Vec law = SingularValueLaw{Activation::tanh, std::string(weights) == "orthogonal",
                                     std::vector<SingularValueLaw::Layer>(
                                         4, {std::sqrt(critical_w2), critical_q})}
                        .quantiles(200);
    double distance = 0.0;
    for (Index i = 0; i < 200; ++i) {
      const auto above = static_cast<double>((all.array() > law[i]).count()) / 1500.0;
      distance = std::max(distance, std::abs(above - (static_cast<double>(i) + 0.5) / 200.0));
    }
    CHECK(distance < 0.015);
  }
}
