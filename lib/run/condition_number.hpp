// The condition number of a symmetric matrix from the ends of its spectrum, where it has one.
#pragma once
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

struct ConditionNumber {
  enum class Status { not_converged, defined, indefinite, not_resolved };
  double value, error;  ///< NaN unless defined
  Status status;
};

/// values[high] / values[low], of positive definite matrices only. With residuals r the eigenvalues
/// lie in lambda +- r, so the error is at most (l_1 + r_1) / (l_P - r_P) - l_1 / l_P. Indefinite:
/// l_P < -r_P. Not resolved: |l_P| <= r_P, its sign is not known.
ConditionNumber condition_number(const EigenPairs& pairs, Index high, Index low);

}  // namespace thalweg
