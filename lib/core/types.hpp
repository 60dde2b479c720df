// The few types that cross every border: vectors, matrices and how functions take them.
#pragma once
#include <Eigen/Core>
#include <cstdint>

namespace thalweg {

using Index = Eigen::Index;
using Vec = Eigen::VectorXd;
using Mat = Eigen::MatrixXd;

/// Read-only vector argument: binds to vectors, segments and maps without a copy.
/// An expression (`2 * x`) is evaluated into a temporary: never pass one in a hot loop.
using In = Eigen::Ref<const Vec>;
/// Vector argument that the callee overwrites.
using Out = Eigen::Ref<Vec>;
/// The same for a block of k vectors, one per column, shape (dim, k).
using MatIn = Eigen::Ref<const Mat, 0, Eigen::OuterStride<>>;
using MatOut = Eigen::Ref<Mat, 0, Eigen::OuterStride<>>;

}  // namespace thalweg
