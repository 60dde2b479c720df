// How far the total of a correlated sequence may be from what it is on average, when the sequence
// itself is all that is known.
#pragma once
#include <thalweg/core/types.hpp>

namespace thalweg {

/// Of k sequences: the variance of a total of n sums (n >= those that are given, by what is not
/// complete yet), as the mean of what the data leave possible, and the degrees of freedom of the
/// inverse chi square that has the same spread: total / sqrt(variance (f - 2) / f) then follows
/// Student's t.
struct LongRunVariance {
  Vec variance, freedom;
};

/// `sums`, shape (k, m): growths over m equal blocks of a stationary motion. When blocks are longer
/// than its memory, V(L) = s^2 L + b is the variance of the growth over a time L, neighbours have
/// the covariance -b / 2, and others none. So blocks are a moving average
///   x_i = mu + e_i + c e_{i-1},  V(n blocks) = var(e) (n (1 + c)^2 - 2 c).
/// c = 0 are independent blocks; c = -1 are differences of a bounded function of the state, of
/// which nothing but the two ends remains: exponents of the logistic map and the one along a flow
/// are of this kind, others come near to it, and s / sqrt(n) alone would be too large by far.
/// The likelihood of c on a grid in artanh c, the point -1 among it, weighs V; mu and var(e) are
/// integrated out. While c > 0.25 blocks are not longer than the memory: neighbours are joined.
///   Innovations of a moving average: P. J. Brockwell and R. A. Davis, Time Series: Theory and
///   Methods, 2nd ed., Springer 1991, section 5.2.
LongRunVariance long_run_variance(const Mat& sums, double n);

}  // namespace thalweg
