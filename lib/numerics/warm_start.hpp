// Where a search for eigenvectors best starts along a path of matrices.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/numerics/lanczos.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// Extrapolates eigenspaces linearly along a path q_0, q_1, ... : with V_k the `continued` vectors
/// found at q_k, each turned (orthogonal Procrustes) to be nearest to the newest, and
///   q - q_k = sum_i a_i (q_{k-i} - q_{k-i-1}) + what is left,
/// by least squares with a small ridge over the last few steps of the path, the start at q is
///   V_k + sum_i a_i (V_{k-i} - V_{k-i-1}).
/// The matrix and so its eigenspaces change in proportion to small steps of q, in whatever
/// direction. A bad guess costs products, not accuracy.
class WarmStart {
 public:
  void add(In q, const EigenPairs& pairs);
  [[nodiscard]] bool empty() const { return spaces_.empty(); }
  /// Shape (dim, pairs): a start at q, for `LanczosOptions::refine`. Not for an empty one.
  [[nodiscard]] Mat columns(In q) const;
  void clear();

  void save(Archive& archive, const std::string& key) const;
  void load(const Archive& archive, const std::string& key);

 private:
  std::vector<Vec> points_;  // the newest first
  std::vector<Mat> spaces_;
};

}  // namespace thalweg
