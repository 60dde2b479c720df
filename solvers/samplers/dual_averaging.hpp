// Adapts ln(step) until the mean acceptance is the target: Nesterov's dual averaging as in Hoffman
// and Gelman, J. Mach. Learn. Res. 15 (2014), section 3.2, with Stan's constants.
#pragma once
#include <thalweg/core/archive.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace thalweg {

class DualAveraging {
 public:
  explicit DualAveraging(double target) : target_(target) {}

  /// From a first step size; steps are drawn towards ten times as much at first.
  void restart(double step) {
    count_ = error_ = mean_ = 0.0;
    mu_ = std::log(10.0 * step);
  }
  /// The next step to try.
  double learn(double acceptance) {
    count_ += 1.0;
    const double eta = 1.0 / (count_ + 10.0);
    error_ = (1.0 - eta) * error_ + eta * (target_ - std::min(1.0, acceptance));
    const double x = mu_ - error_ * std::sqrt(count_) / 0.05;
    const double weight = std::pow(count_, -0.75);
    mean_ = (1.0 - weight) * mean_ + weight * x;
    return std::exp(x);
  }
  [[nodiscard]] bool has_learnt() const { return count_ > 0.0; }
  /// The step to keep.
  [[nodiscard]] double result() const { return std::exp(mean_); }

  void save(Archive& archive, const std::string& prefix) const {
    archive.put(prefix + "count", count_);
    archive.put(prefix + "error", error_);
    archive.put(prefix + "mean", mean_);
    archive.put(prefix + "mu", mu_);
  }
  void load(const Archive& archive, const std::string& prefix) {
    count_ = archive.real(prefix + "count");
    error_ = archive.real(prefix + "error");
    mean_ = archive.real(prefix + "mean");
    mu_ = archive.real(prefix + "mu");
  }

 private:
  double target_;
  double count_ = 0.0, error_ = 0.0, mean_ = 0.0, mu_ = 0.0;
};

}  // namespace thalweg
