// Time averages with standard errors from the averages of blocks, in bounded memory.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// Of k quantities: sum of increments over sum of times. 32 to 63 blocks are kept; when there are
/// 64, neighbours are joined, so that blocks become as long as the run allows and forget each
/// other.
class BlockAverages {
 public:
  explicit BlockAverages(Index k = 1);

  /// What each quantity grew by, in a time that is the same in every call.
  void add(In growth, double time);

  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] Index blocks() const { return static_cast<Index>(blocks_.size()); }
  /// Total growth over total time.
  [[nodiscard]] Vec mean() const;
  /// sqrt(s^2 / B (1 + 2 max(0, r))) with the variance s^2 of the B complete blocks' means and the
  /// correlation r of neighbours; NaN with fewer than 8 blocks.
  [[nodiscard]] Vec standard_error() const;
  /// Half of the 95 % confidence interval: Student's quantile with B - 1 degrees of freedom times
  /// the standard error.
  [[nodiscard]] Vec half_width() const;

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  Index k_;
  Index per_block_ = 1;   // calls of add in a block
  Index in_current_ = 0;  // of the block that is being filled
  double time_ = 0.0, interval_ = 0.0;
  Vec total_, current_;
  std::vector<Vec> blocks_;  // growth of the complete blocks
};

}  // namespace thalweg
