// Data of models that are linear in their parameters, packed for the kernel: a symmetric matrix,
// and the samples of a logistic likelihood.
#pragma once
#include <thalweg/core/types.hpp>

#include <vector>

#include "aligned_array.hpp"
#include "dispatch.hpp"

namespace thalweg::mlp_kernel {

/// g = A q of a fixed dense matrix. Calls may run concurrently and allocate nothing once a thread
/// has made its first.
class PackedMatrix {
 public:
  PackedMatrix() = default;
  explicit PackedMatrix(const Mat& A);
  void operator()(In x, Out y) const;

 private:
  const LinearFunctions* functions_ = nullptr;
  Index rows_ = 0, columns_ = 0, stride_ = 0;
  AlignedArray<double> A_;
};

/// sum_i log(1 + exp(-s_i x_i . q)) over the rows x_i of X, with s_i = +1 for label 1, -1 for label
/// 0.
class LogisticSum {
 public:
  LogisticSum() = default;
  LogisticSum(const Mat& X, const std::vector<int>& labels);
  /// g its gradient.
  double operator()(In q, Out g) const;

 private:
  const LinearFunctions* functions_ = nullptr;
  Index features_ = 0, tiles_ = 0;
  AlignedArray<double> x_, weight_;
};

}  // namespace thalweg::mlp_kernel
