// Annealed importance sampling (Neal 2001) as an experiment on a thermal ensemble: particles are
// carried from prior to posterior in steps of b; the work W that the steps cost bounds the evidence
// (Jarzynski 1997, Crooks 1999):
//
//   forward:  ln Z = ln <exp(-W)>, <-W> <= ln Z,  -W = sum_i (b_{i+1} - b_i) ln p(D | q_i)
//   reverse:  from exact posterior draws, the same sum on the way back: <-W> >= ln Z
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/core/sampler.hpp>

#include <functional>

namespace thalweg {

/// Moves q by a transition that leaves exp(-target) as it is.
using AnnealingMove = std::function<void(const AnyPotential& target, Vec& q, Rng& rng)>;
/// `transitions` transitions of a sampler without adaptation, of this step size.
[[nodiscard]] AnnealingMove move_by(SamplerFactory sampler, double step_size, Index transitions);

struct AnnealedImportance {
  double bound = 0.0;         ///< mean of -W: below ln Z forward, above it in reverse
  double bound_error = 0.0;   ///< standard error of it
  double log_evidence = 0.0;  ///< Jarzynski's estimate: forward ln mean e^-W, reverse -ln mean e^W
  double effective_size = 0.0;  ///< (sum w)^2/sum w^2 of its weights; few: do not trust it
  Vec minus_work;               ///< -W of each particle
};

struct AnnealingOptions {
  Index steps = 100, particles = 64;
  double power = 5.0;  ///< b_i = (i/steps)^power
  std::uint64_t seed = 0;
};

/// -W of particle k on its way, with the random stream "annealing.k" or
/// "annealing.reverse.k". Forward, `q` is overwritten by
/// a draw of the prior; in reverse it holds the draw of the posterior where the particle starts.
/// @throws ModelError when the posterior cannot draw from its prior.
[[nodiscard]] double anneal_particle(const AnyPotential& posterior, const AnnealingMove& move,
                                     const AnnealingOptions& options, bool forward, Index k,
                                     Vec& q);
/// Bound and estimate from the -W of two particles or more.
[[nodiscard]] AnnealedImportance annealing_result(const Vec& minus_work, bool forward);

/// Of all particles, with any number of threads.
/// @throws ModelError when the posterior cannot draw from its prior.
[[nodiscard]] AnnealedImportance anneal_forward(const AnyPotential& posterior,
                                                const AnnealingMove& move,
                                                const AnnealingOptions& options);
/// `draw` gives posterior draws: only exact ones make a bound.
[[nodiscard]] AnnealedImportance anneal_reverse(const AnyPotential& posterior,
                                                const AnnealingMove& move,
                                                const std::function<void(Rng&, Vec&)>& draw,
                                                const AnnealingOptions& options);

}  // namespace thalweg
