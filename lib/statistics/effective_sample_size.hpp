// How many independent draws would tell the mean of a quantity as well as these do.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/statistics/autocovariance.hpp>

namespace thalweg {

/// Split chains: each chain, a column of `draws`, becomes two, its first and its last floor(n/2)
/// draws (the middle one of an odd number is left out). Shape (n, m) -> (floor(n/2), 2 m).
void split_chains(MatIn draws, Mat& halves);

/// Not all values are finite.
[[nodiscard]] bool has_non_finite(MatIn draws);
/// All values are equal, but for a few units in the last place.
[[nodiscard]] bool is_constant(MatIn draws);

/// R-hat of chains as they are: sqrt((B/W + n - 1) / n), B = n var(chain means), W = mean of the
/// chains' variances. NaN for constant or non-finite draws or fewer than two draws or chains;
/// infinite when each chain stands still at a place of its own.
[[nodiscard]] double potential_scale_reduction(MatIn chains);

/// S / tau over the m chains (columns) of n draws, S = n m, with
///   rho_t = 1 - (W - mean_m gamma_t) / var+,   W = n/(n-1) mean_m gamma_0,
///   var+  = (n-1)/n W + var(chain means),      tau = -1 + 2 sum rho_t + (the last even rho),
/// summed by Geyer's initial positive and monotone sequence of pairs; tau >= 1/log10 S. NaN for
/// constant or non-finite draws or n < 3.
/// Source: Vehtari, Gelman, Simpson, Carpenter, Buerkner, Bayesian Analysis 16 (2021), section 3.2;
/// Geyer, Statistical Science 7 (1992). The ends of the sums are those of R's package posterior.
class EffectiveSampleSize {
 public:
  double operator()(MatIn chains);

 private:
  /// Mean over the chains of gamma_t. Chains that mix well need a few lags, which are cheaper one
  /// by one than all by transforms.
  double mean_gamma(Index t);

  Autocovariance autocovariance_;
  Mat centred_;
  Vec gamma_, mean_gamma_, rho_;
  Index known_ = 0;  ///< lags of mean_gamma_ that are there
};

}  // namespace thalweg
