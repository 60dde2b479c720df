#pragma once
/// Decompositions of dense matrices, by Eigen. They are compiled once, in dense.cpp: their
/// templates take the compiler a minute in every file that includes them.
#include <thalweg/core/types.hpp>

namespace thalweg {

/// A = V diag(values) V^T of a symmetric A (its lower triangle is read); values ascend, the columns
/// of V are orthonormal.
struct SymmetricEigen {
  Vec values;
  Mat vectors;
};
[[nodiscard]] SymmetricEigen symmetric_eigen(const Mat& A);
[[nodiscard]] Vec symmetric_eigenvalues(const Mat& A);

/// A = U diag(s) V^T, thin; s descends.
struct Svd {
  Mat U;
  Vec s;
  Mat V;
};
[[nodiscard]] Svd svd(const Mat& A);
[[nodiscard]] Vec singular_values(const Mat& A);

/// Q of A = Q R with orthonormal columns and a positive diagonal of R, which makes Q unique; for a
/// normal A it is uniform in the sense of Haar (Mezzadri, Notices AMS 54, 2007). Needs rows >=
/// cols.
[[nodiscard]] Mat orthonormal_columns(const Mat& A);

}  // namespace thalweg
