// The ladder from prior to posterior: chains at one inverse temperature b after another, each rung
// starting where the one below it ended and adapting its sampler anew. What it gives depends on the
// seed and on nothing else.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/sampler.hpp>
#include <thalweg/evidence/thermodynamic_integration.hpp>
#include <thalweg/run/evidence/evidence_config.hpp>
#include <thalweg/run/sampling/tuning.hpp>

#include <functional>
#include <vector>

namespace thalweg {

struct Rung {
  double b = 0.0;
  MeanLogLikelihood at{};
  double rhat = 0.0, ess = 0.0;  ///< of ln p(D | q); ess: for its mean
  Index divergences = 0;
  Tuning tuning{};  ///< of the first chain; step 0 where nothing was tuned: exact prior draws
};

class Ladder {
 public:
  /// @throws ModelError when the potential does not tell its prior, or has no data.
  Ladder(std::uint64_t seed, AnyPotential posterior, SamplerFactory make_sampler,
         const EvidenceConfig& config);

  [[nodiscard]] bool finished() const { return static_cast<Index>(rungs_.size()) == b_.size(); }
  /// Where the chains of the first rung start when they cannot be drawn from the prior.
  void start(const std::vector<Vec>& points);
  /// Climbs one rung. `stopped` is asked from any thread before each transition; once it says true
  /// the rung is left and climb() gives false. @throws SolveError when ln p(D | q) is not finite.
  bool climb(const std::function<bool()>& stopped);

  [[nodiscard]] const Vec& b() const { return b_; }
  [[nodiscard]] const std::vector<Rung>& rungs() const { return rungs_; }
  /// Once finished: bounds and estimates; the draws at b = 1 where particles start in reverse, a
  /// column each; the tuning of the rung that is nearest to b, above 0.
  [[nodiscard]] ThermodynamicIntegral integral() const;
  /// Estimated error of ln Z by the ladder's finite number of rungs, O(K^-4): a fifteenth of how
  /// far it moves with every second rung. NaN when K is odd.
  [[nodiscard]] double width_error() const;
  [[nodiscard]] const Mat& posterior_draws() const { return posterior_draws_; }
  [[nodiscard]] const Tuning& tuning(double b) const;

  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::uint64_t seed_;
  AnyPotential posterior_;
  SamplerFactory make_sampler_;
  EvidenceConfig config_;
  Vec b_;
  Mat positions_;        // of the chains, a column each
  Mat posterior_draws_;  // (dim, particles)
  std::vector<Rung> rungs_;
};

}  // namespace thalweg
