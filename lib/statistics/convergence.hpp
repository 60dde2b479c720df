// Whether chains have mixed, and how well their draws tell a mean, a spread and the tails. `draws`
// has a chain in each column, shape (draws, chains): the array (chain, draw) of an ArviZ file as
// it lies in memory.
//
// What is constant or not finite has no diagnostics: NaN.
//
// Source: Vehtari, Gelman, Simpson, Carpenter, Buerkner, "Rank-normalization, folding, and
// localization: an improved R-hat", Bayesian Analysis 16 (2021). Values agree with R's package
// posterior.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/statistics/effective_sample_size.hpp>
#include <thalweg/statistics/ranks.hpp>

#include <limits>

namespace thalweg {

/// In the unit of the draws; sizes and R-hat have none.
struct DrawSummary {
  static constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double mean = none, sd = none;
  double q5 = none, median = none, q95 = none;
  double mcse_mean = none;  ///< sd / sqrt(ess_mean): standard error of the mean of the draws
  double mcse_sd = none;    ///< standard error of sd
  double ess_bulk = none;   ///< of the normal scores: how well the centre is known
  double ess_tail = none;   ///< the smaller of those of x <= q5 and x <= q95
  double ess_mean = none;   ///< of x itself: for its Monte Carlo error
  double ess_sd = none;     ///< of |x - mean|
  double rhat = none;  ///< max over the normal scores of x and of |x - median| of the split R-hat
  Index non_finite = 0;
  bool constant = false;
};

/// The diagnostics of one quantity after another, in the memory of the first.
class Convergence {
 public:
  DrawSummary summarise(MatIn draws);

  double rhat(MatIn draws);
  double ess_bulk(MatIn draws);
  double ess_tail(MatIn draws);
  double ess_mean(MatIn draws);
  double ess_sd(MatIn draws);
  double ess_quantile(MatIn draws, double p);  ///< of the indicator x <= quantile(p), 0 < p < 1
  double mcse_mean(MatIn draws);
  double mcse_sd(MatIn draws);

  /// Of what summarise() was last given, while it was finite.
  [[nodiscard]] const SortedDraws& sorted() const { return sorted_; }

 private:
  bool take(MatIn draws);  ///< copies and sorts; false when there is nothing to diagnose
  double rhat_of_taken();
  double ess_bulk_of_taken();
  double ess_quantile_of_taken(double p);
  double ess_tail_of_taken();
  double ess_mean_of_taken();
  double ess_sd_of_taken();
  double mcse_sd_of_taken();
  double split_ess();  ///< of work_

  EffectiveSampleSize ess_;
  SortedDraws sorted_, sorted_halves_, folded_;
  Mat draws_, work_, halves_;
};

/// E-BFMI of each chain, mean_n (E_n - E_{n-1})^2 / var E of the energies at the draws, shape
/// (draws, chains): about 1 when the momentum's refreshment carries the chain through all
/// energies at once, below 0.3 when it crawls. NaN for constant or non-finite energies.
/// Source: Betancourt, "Diagnosing suboptimal cotangent disintegrations in Hamiltonian Monte
/// Carlo", arXiv:1604.00695 (2016).
[[nodiscard]] Vec energy_bfmi(MatIn energies);

}  // namespace thalweg
