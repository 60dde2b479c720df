#include <thalweg/models/propagation/singular_value_law.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <thalweg/models/propagation/activation_function.hpp>

namespace thalweg {

namespace {

using mlp_kernel::Activation;
using Complex = std::complex<double>;

/// Squared slopes of a layer as a discrete law, and zeta with M_D(zeta) = w.
class Slopes {
 public:
  Slopes(Activation activation, double q) {
    if (activation == Activation::identity) {
      add(1.0, 1.0);
    } else if (activation == Activation::relu) {
      add(0.5, 1.0);  // the other half is 0 and adds nothing to M_D
    } else {
      constexpr double step = 0.02, edge = 8.0;
      const ActivationFunction phi{activation};
      for (double z = -edge + 0.5 * step; z < edge; z += step)
        add(step * std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi),
            std::pow(phi.first(std::sqrt(q) * z), 2));
    }
    double mean = 0.0, square = 0.0;
    for (std::size_t i = 0; i < weight_.size(); ++i) {
      mean += weight_[i] * slope_[i];
      square += weight_[i] * slope_[i] * slope_[i];
    }
    mean_ = mean;
    ratio_ = square / mean;
  }

  [[nodiscard]] double mean() const { return mean_; }
  void start(Complex w) { zeta = mean_ / w + ratio_; }
  /// Newton from where zeta stands; false when it does not converge.
  bool solve(Complex w) {
    for (int i = 0; i < 30; ++i) {
      Complex M = 0.0;
      derivative = 0.0;
      for (std::size_t k = 0; k < weight_.size(); ++k) {
        const Complex inverse = 1.0 / (zeta - slope_[k]);
        M += weight_[k] * slope_[k] * inverse;
        derivative -= weight_[k] * slope_[k] * inverse * inverse;
      }
      const Complex change = (M - w) / derivative;
      zeta -= change;
      if (!std::isfinite(zeta.real()) || !std::isfinite(zeta.imag())) return false;
      if (std::abs(change) < 1e-11 * std::abs(zeta)) return true;
    }
    return false;
  }

  Complex zeta = 0.0, derivative = 0.0;
  double copies = 1.0;

 private:
  void add(double weight, double slope) {
    weight_.push_back(weight);
    slope_.push_back(slope);
  }
  std::vector<double> weight_, slope_;
  double mean_ = 0.0, ratio_ = 0.0;
};

class Curve {
 public:
  explicit Curve(const SingularValueLaw& law) : orthogonal_(law.orthogonal) {
    for (std::size_t i = 0; i < law.layers.size(); ++i) {
      const auto& layer = law.layers[i];
      log_scale_ += 2.0 * std::log(layer.sigma_w);
      if (i > 0 && std::abs(layer.q - law.layers[i - 1].q) < 1e-6 * layer.q)
        slopes_.back().copies += 1.0;
      else
        slopes_.emplace_back(law.activation, layer.q);
    }
    for (auto& s : slopes_) log_mean_ += s.copies * std::log(s.mean());
    log_mean_ += log_scale_;
  }

  /// ln E s^2.
  [[nodiscard]] double log_mean() const { return log_mean_; }

  void start(double t) {
    w = std::exp(Complex(log_mean_ - t, -angle));
    for (auto& s : slopes_) s.start(w);
  }
  /// Newton for z(w) = exp(t + i angle) from where w stands; false when it does not converge or
  /// leaves the branch.
  bool solve(double t) {
    const auto before = slopes_;
    const Complex w_before = w;
    for (int i = 0; i < 12; ++i) {
      Complex log_z = log_scale_ + std::log(1.0 + w) - std::log(w);
      slope = 1.0 / (1.0 + w) - 1.0 / w;
      bool found = true;
      for (auto& s : slopes_) {
        if (!(found = s.solve(w))) break;
        log_z += s.copies * std::log(w * s.zeta);
        slope += s.copies * (1.0 / w + 1.0 / (s.derivative * s.zeta));
        if (orthogonal_) {
          log_z -= s.copies * std::log(1.0 + w);
          slope -= s.copies / (1.0 + w);
        }
      }
      if (!found) break;
      // The logarithms' branches: only the imaginary part modulo 2 pi is the angle of z.
      Complex miss = log_z - Complex(t, angle);
      miss.imag(std::remainder(miss.imag(), 2.0 * std::numbers::pi));
      const Complex change = miss / slope;
      if (!(std::abs(change) < 0.3 * std::abs(w))) break;
      w -= change;
      if (!(w.imag() < 0.0)) break;
      if (std::abs(change) < 1e-10 * std::abs(w)) return true;
    }
    slopes_ = before;
    w = w_before;
    return false;
  }

  Complex w = 0.0;
  Complex slope = 1.0;  // d ln z / dw

 private:
  static constexpr double angle = 1e-4;
  bool orthogonal_;
  std::vector<Slopes> slopes_;
  double log_scale_ = 0.0, log_mean_ = 0.0;
};

}  // namespace

Vec SingularValueLaw::quantiles(Index n) const {
  Vec all = Vec::Constant(n, std::numeric_limits<double>::quiet_NaN());
  if (layers.empty()) return Vec::Ones(n);
  Curve curve(*this);
  if (activation == Activation::identity && orthogonal)
    return Vec::Constant(n, std::exp(0.5 * curve.log_mean()));
  // Half of relu's slopes are 0, and with them half of the singular values.
  const Index positive = activation == Activation::relu ? (n + 1) / 2 : n;
  all.tail(n - positive).setZero();
  // The largest s^2 is at most the product of the layers' largest.
  const double depth = static_cast<double>(layers.size());
  double t = curve.log_mean() + std::min(depth * std::log(40.0), 300.0) + 10.0, step = 0.1,
         above = 0.0;
  curve.start(t);
  if (!curve.solve(t)) return all;
  double density = -curve.w.imag() / std::numbers::pi;
  Index next = 0;
  for (int steps = 0; next < positive && steps < 20000 && step > 1e-7; ++steps) {
    if (!curve.solve(t - step)) {
      step *= 0.5;
      continue;
    }
    const double here = -curve.w.imag() / std::numbers::pi;
    const double more = 0.5 * step * (density + here);
    while (next < positive &&
           above + more >= (static_cast<double>(next) + 0.5) / static_cast<double>(n)) {
      const double share = (static_cast<double>(next) + 0.5) / static_cast<double>(n) - above;
      all[next++] = std::exp(0.5 * (t - step * share / more));
    }
    above += more;
    t -= step;
    density = here;
    // Steps of the density's own size where it is large, longer where nothing happens.
    step = std::min(1.5 * step, std::max(0.002, std::min(0.1, 0.002 / std::max(here, 1e-3))));
  }
  // So far below the mean nothing is told from 0, by the equation or by a measurement.
  if (t < curve.log_mean() - 500.0) all.segment(next, positive - next).setZero();
  return all;
}

}  // namespace thalweg
