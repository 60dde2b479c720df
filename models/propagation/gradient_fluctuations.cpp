#include <thalweg/models/propagation/gradient_fluctuations.hpp>

#include <cmath>
#include <functional>
#include <thalweg/numerics/gaussian_expectation.hpp>

namespace thalweg {

namespace {

// What one layer of length q adds.
struct Layer {
  double e = 0.0, n = 0.0, both = 0.0;   // N times the variances of e and n, and their covariance
  double V = 0.0, V1 = 0.0, V2 = 0.0;    // the length map and its derivatives
  double L1 = 0.0, L2 = 0.0, chi = 0.0;  // derivatives of ln chi
  double overlap = 0.0;                  // E phi'^2 phi^2 / (mu_1 E phi^2)
  double lean = 1.0;                     // r without what comes back
};

Layer layer_of(const MeanField& field, const ActivationFunction& phi, double q, double ratio) {
  Layer a;
  a.e = 3.0 * ratio - 1.0;
  a.V = field.length(q);
  a.chi = field.chi(q);
  if (field.is_homogeneous()) return a;  // no scale: ln chi is the same at all lengths, r = 1
  const auto mean = [&](auto f) {
    const double r = std::sqrt(q);
    return gaussian_expectation(std::function<double(double)>([&](double z) { return f(r * z); }))
        .value;
  };
  const double w = field.weight_variance(), h = 1e-3 * q, mu = a.chi / w;
  const auto m = field.moments(q);
  const auto square = [](double x) { return x * x; };
  const double slope_and_value =
      mean([&](double u) { return square(phi.first(u)) * square(phi.value(u)); });
  const double slope_and_u = mean([&](double u) { return square(phi.first(u) * u); });
  a.n = square(w / a.V) * (m.fourth - square(m.square));
  a.both = w / a.V * (slope_and_value / mu - m.square);
  a.overlap = slope_and_value / (mu * m.square);
  // Entries of h are y + sigma_b b; y^2 given h.
  const double share = 1.0 - field.bias_variance() / q;
  a.lean = 1.0 - share + share * slope_and_u / (q * mu);
  // Central differences, error h^2, enough for a correction.
  const double V_up = field.length(q + h), V_down = field.length(q - h);
  const double L_up = std::log(field.chi(q + h)), L_down = std::log(field.chi(q - h));
  a.V1 = (V_up - V_down) / (2.0 * h);
  a.V2 = (V_up - 2.0 * a.V + V_down) / (h * h);
  a.L1 = (L_up - L_down) / (2.0 * h);
  a.L2 = (L_up - 2.0 * std::log(a.chi) + L_down) / (h * h);
  return a;
}

}  // namespace

GradientFluctuations gradient_fluctuations(const MeanField& field, const ActivationFunction& phi,
                                           const SignalTheory& signals) {
  const std::size_t depth = signals.q.size() - 1;
  std::vector<Layer> layers;
  std::vector<double> var{0.0}, mean{0.0};  // of K - q, times N; the inputs have one length
  for (std::size_t k = 0; k < depth; ++k) {
    layers.push_back(k > 0 && std::abs(signals.q[k] - signals.q[k - 1]) <= 1e-12 * signals.q[k]
                         ? layers.back()
                         : layer_of(field, phi, signals.q[k], signals.slope_ratio[k]));
    const Layer& a = layers.back();
    mean.push_back(a.V1 * mean.back() + 0.5 * a.V2 * var.back());
    var.push_back(a.V1 * a.V1 * var.back() + a.V * a.V * a.n);
  }
  GradientFluctuations all{std::vector<double>(depth + 1, 0.0),
                           std::vector<double>(depth + 1, 0.0)};
  double own = 0.0, influence = 0.0, lean = 0.0;  // of the layers behind: noise, dS/dK, r - 1
  for (std::size_t k = depth; k-- > 0;) {
    const Layer& a = layers[k];
    all.shift[k] =
        all.shift[k + 1] - 0.5 * a.e + a.L1 * mean[k] + 0.5 * a.L2 * var[k] + a.overlap * lean;
    const double noise = influence * a.V;
    own += a.e + 2.0 * noise * a.both + noise * noise * a.n;
    influence = a.L1 + a.V1 * influence;
    all.variance[k] = own + influence * influence * var[k];
    // How much of delta.y comes back through this layer.
    const double y = signals.q[k] - field.bias_variance(),
                 y_next = signals.q[k + 1] - field.bias_variance();
    if (y > 0.0) lean = a.lean - 1.0 + a.V1 * a.V1 * y / (y_next * a.chi) * lean;
  }
  return all;
}

}  // namespace thalweg
