// Order, ranks and quantiles of all draws of one quantity, whatever their chain.
#pragma once
#include <thalweg/core/types.hpp>

#include <span>
#include <utility>
#include <vector>

namespace thalweg {

/// The values in ascending order, each with the position where it stood. No NaN among them.
class SortedDraws {
 public:
  void sort(std::span<const double> values);  ///< keeps its memory from call to call
  [[nodiscard]] std::size_t size() const { return sorted_.size(); }
  [[nodiscard]] double value(std::size_t rank) const { return sorted_[rank].first; }
  [[nodiscard]] std::size_t position(std::size_t rank) const { return sorted_[rank].second; }

  /// The order of the halves of chains (split_chains) from the order of the chains, each a column
  /// of `draws` rows: no second sorting.
  void sort_halves(const SortedDraws& whole, std::size_t draws);

  /// Linear between order statistics, x_(1 + (S - 1) p): type 7 of Hyndman and Fan (The American
  /// Statistician 50, 1996), as numpy and R have it. 0 <= p <= 1.
  [[nodiscard]] double quantile(double p) const;
  /// Ranks from 1 at the positions of the values; equal values share the mean of theirs.
  void ranks(std::span<double> out) const;
  /// z = Phi^-1((r - 3/8) / (S + 1/4)) of the ranks r: Blom's normal scores.
  void normal_scores(std::span<double> out);
  /// Largest distance between the empirical distributions of the values that are marked and of
  /// those that are not, Kolmogorov and Smirnov's, in [0, 1]; NaN when one of the two is empty.
  /// `marked`: by position.
  [[nodiscard]] double distribution_distance(std::span<const char> marked) const;

 private:
  /// f(first, end) for each run of equal values.
  template <class F>
  void for_ties(F&& f) const;

  std::vector<std::pair<double, std::size_t>> sorted_;
  std::vector<double> scores_{};  ///< of the whole ranks, kept for the next quantity
};

}  // namespace thalweg
