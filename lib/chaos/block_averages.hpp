// Time averages with standard errors from the averages of blocks, in bounded memory.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/types.hpp>

#include <string>
#include <vector>

namespace thalweg {

/// Of k quantities: sum of increments over sum of times. 128 to 255 blocks are kept; when there are
/// 256, neighbours are joined, so that blocks become as long as the run allows and forget each
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
  struct Errors {
    Vec standard_error, half_width;  ///< of the means; half of their 95 % confidence intervals
  };
  /// By the model of long_run_variance, which sees whether growths add up as independent ones do,
  /// or cancel but for their ends; NaN with fewer than 8 blocks.
  [[nodiscard]] Errors errors() const;
  [[nodiscard]] Vec standard_error() const { return errors().standard_error; }
  /// Averages of sum_j weights_j (quantity j), one quantity, from the same blocks: its error has
  /// every correlation of the quantities in it.
  [[nodiscard]] BlockAverages combination(In weights) const;
  /// Correlation of the complete blocks with another's, which has as many of the same length; 0
  /// where one of the two does not vary.
  [[nodiscard]] Vec correlation(const BlockAverages& other) const;

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  [[nodiscard]] Mat matrix() const;  // the complete blocks, shape (k, B)

  Index k_;
  Index per_block_ = 1;   // calls of add in a block
  Index in_current_ = 0;  // of the block that is being filled
  double time_ = 0.0, interval_ = 0.0;
  Vec total_, current_;
  std::vector<Vec> blocks_;  // growth of the complete blocks
};

}  // namespace thalweg
