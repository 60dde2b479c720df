#include "linear_kernel.hpp"

#include <algorithm>

namespace thalweg::mlp_kernel {

namespace {

Index padded(Index n, Index to) { return (n + to - 1) / to * to; }

// Work space of the calling thread.
double* scratch(Index n) {
  thread_local AlignedArray<double> space;
  return space.reserve(n);
}

}  // namespace

PackedMatrix::PackedMatrix(const Mat& A)
    : functions_(&active_kernels().linear),
      rows_(A.rows()),
      columns_(A.cols()),
      stride_(padded(rows_, functions_->lanes)),
      A_(std::max<Index>(stride_ * columns_, 1)) {
  std::fill_n(A_.data(), stride_ * columns_, 0.0);
  for (Index j = 0; j < columns_; ++j)
    for (Index i = 0; i < rows_; ++i) A_.data()[j * stride_ + i] = A(i, j);
}

void PackedMatrix::operator()(In x, Out y) const {
  double* const padded_y = scratch(stride_);
  functions_->matrix_vector(stride_, columns_, A_.data(), stride_, x.data(), padded_y);
  std::copy_n(padded_y, rows_, y.data());
}

LogisticSum::LogisticSum(const Mat& X, const std::vector<int>& labels)
    : functions_(&active_kernels().linear),
      features_(X.cols()),
      tiles_((X.rows() + functions_->tile - 1) / functions_->tile) {
  const Index tile = functions_->tile, n = X.rows();
  x_ = AlignedArray<double>(std::max<Index>(tiles_ * features_ * tile, 1));
  weight_ = AlignedArray<double>(std::max<Index>(tiles_ * tile, 1));
  for (Index i = 0; i < tiles_ * tile; ++i) {
    const bool real = i < n;
    const double sign = real && labels[static_cast<std::size_t>(i)] == 1 ? 1.0 : -1.0;
    weight_.data()[i] = real ? 1.0 : 0.0;
    for (Index j = 0; j < features_; ++j)
      x_.data()[(i / tile * features_ + j) * tile + i % tile] = real ? sign * X(i, j) : 0.0;
  }
}

double LogisticSum::operator()(In q, Out g) const {
  return functions_->logistic(tiles_, features_, x_.data(), weight_.data(), q.data(),
                              scratch(features_ * functions_->lanes), g.data());
}

}  // namespace thalweg::mlp_kernel
