#include <thalweg/numerics/dense.hpp>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

namespace thalweg {

SymmetricEigen symmetric_eigen(const Mat& A) {
  const Eigen::SelfAdjointEigenSolver<Mat> eigen(A);
  return {eigen.eigenvalues(), eigen.eigenvectors()};
}

Vec symmetric_eigenvalues(const Mat& A) {
  return Eigen::SelfAdjointEigenSolver<Mat>(A, Eigen::EigenvaluesOnly).eigenvalues();
}

Svd svd(const Mat& A) {
  const Eigen::BDCSVD<Mat> found(A, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {found.matrixU(), found.singularValues(), found.matrixV()};
}

Vec singular_values(const Mat& A) { return Eigen::BDCSVD<Mat>(A).singularValues(); }

Mat orthonormal_columns(const Mat& A) {
  const Eigen::HouseholderQR<Mat> qr(A);
  Mat Q = qr.householderQ() * Mat::Identity(A.rows(), A.cols());
  for (Index j = 0; j < A.cols(); ++j)
    if (qr.matrixQR()(j, j) < 0.0) Q.col(j) *= -1.0;
  return Q;
}

}  // namespace thalweg
