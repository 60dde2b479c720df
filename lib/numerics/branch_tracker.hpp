// Eigenpairs from one time to the next: a branch is a number that goes with the eigenvector, where
// the rank goes with the value. Where two eigenvalues cross, their branches do.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/numerics/lanczos.hpp>

#include <string>
#include <vector>

namespace thalweg {

class BranchTracker {
 public:
  /// The first `leading` pairs are the space whose principal angles are told.
  explicit BranchTracker(Index leading) : leading_(leading) {}

  /// Values closer than tolerance * pairs.scale are one cluster: only the space that they span is
  /// known. A branch goes on in the cluster that holds more than half of its vector, the sum of the
  /// squared cosines of the principal angles between the two; inside a cluster its vector is turned
  /// to where it was before, by the SVD of U_old' U_new, so that a branch comes out of a crossing
  /// as it went in. A vector that comes from outside begins a new branch. At a row that is not
  /// converged, branches without an heir wait for the next one.
  /// Source: A. Bjorck and G. Golub, Numerical methods for computing angles between linear
  /// subspaces, Math. Comp. 27 (1973).
  void follow(const EigenPairs& pairs, double tolerance);

  /// Of each pair, numbered from 1 in order of appearance; 0: not converged.
  [[nodiscard]] const std::vector<Index>& branch() const { return branch_; }
  /// Cosines of the principal angles between the leading space and that of the call before, the
  /// smallest angle first; NaN when one of the two is not known.
  [[nodiscard]] const Vec& cosines() const { return cosines_; }
  /// The mean of their squares: 1 for the same space, leading / dim for two random ones.
  [[nodiscard]] double overlap() const;

  void reset();
  void save(Archive& archive, const std::string& key) const;
  void load(const Archive& archive, const std::string& key);

 private:
  struct Cluster {
    std::vector<Index> pairs;  // by falling value
    std::vector<Index> heirs;  // columns of reference_ that go on here
  };
  [[nodiscard]] std::vector<Cluster> clusters(const EigenPairs& pairs, double tolerance) const;
  void measure_angles(const EigenPairs& pairs, const Mat& products);

  Index leading_, next_ = 1;
  Mat reference_;                  // a unit vector for each pair, turned to the one before
  std::vector<Index> held_;        // the branch of each column of reference_, 0: none
  std::vector<Index> branch_;      // of the last call
  bool leading_is_known_ = false;  // whether reference_ begins with the leading space
  Vec cosines_;
};

}  // namespace thalweg
