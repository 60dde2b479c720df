// The autocovariance of one chain at all lags, by fast Fourier transforms.
#pragma once
#include <thalweg/core/types.hpp>

#include <memory>

namespace thalweg {

class Autocovariance {
 public:
  Autocovariance();
  ~Autocovariance();
  Autocovariance(const Autocovariance&) = delete;
  Autocovariance& operator=(const Autocovariance&) = delete;

  /// gamma_t = (1/n) sum_i (x_i - m)(x_{i+t} - m), t = 0 .. n-1, m the mean: the biased estimate,
  /// a positive-definite sequence. Both of length n >= 1. Costs O(n log n); keeps its tables and
  /// buffers for the next chain of the same length.
  void operator()(In x, Out gamma);

 private:
  class Transform;
  std::unique_ptr<Transform> transform_;
};

}  // namespace thalweg
