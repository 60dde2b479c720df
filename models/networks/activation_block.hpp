// phi, phi' and phi'' of a block of hidden units, with the vectors of the networks' kernel.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/models/networks/kernel/aligned_array.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

#include <algorithm>

namespace thalweg {

/// Arrays z, phi(z), phi'(z), phi''(z) of shape (units, samples).
class ActivationBlock {
 public:
  ActivationBlock(mlp_kernel::Activation activation, Index units, Index samples)
      : activation_(activation),
        units_(units),
        room_(padded(units * samples)),
        numbers_(4 * room_) {
    std::fill_n(numbers_.data(), 4 * room_, 0.0);
  }

  [[nodiscard]] Eigen::Map<Mat> z(Index n) { return array(0, n); }
  [[nodiscard]] Eigen::Map<Mat> value(Index n) { return array(1, n); }
  [[nodiscard]] Eigen::Map<Mat> first(Index n) { return array(2, n); }
  [[nodiscard]] Eigen::Map<Mat> second(Index n) { return array(3, n); }

  /// phi and phi' of the first n columns of z.
  void activate(Index n) {
    kernel_.activate(activation_, at(0), at(1), at(2), nullptr, nullptr, padded(units_ * n));
  }
  /// phi'' too, for second derivatives.
  void activate_twice(Index n) {
    kernel_.activate(activation_, at(0), at(1), at(2), at(3), nullptr, padded(units_ * n));
  }

 private:
  [[nodiscard]] Index padded(Index n) const {
    return (n + kernel_.tile - 1) / kernel_.tile * kernel_.tile;
  }
  [[nodiscard]] double* at(Index k) { return numbers_.data() + k * room_; }
  [[nodiscard]] Eigen::Map<Mat> array(Index k, Index n) { return {at(k), units_, n}; }

  const mlp_kernel::Functions<double>& kernel_ = mlp_kernel::active_kernels().f64;
  mlp_kernel::Activation activation_;
  Index units_, room_;
  mlp_kernel::AlignedArray<double> numbers_;
};

}  // namespace thalweg
