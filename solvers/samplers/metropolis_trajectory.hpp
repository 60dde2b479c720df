// A fixed number of steps, then Metropolis' choice between the end and the start.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/solvers/samplers/hamiltonian_sampler.hpp>

namespace thalweg {

class MetropolisTrajectory {
 public:
  explicit MetropolisTrajectory(Index dim) { start_.resize(dim); }

  /// `steps` steps from z, whose momentum is fresh; z becomes the end with probability
  /// min(1, exp(-dH)), else it stays.
  SampleInfo run(const Hamiltonian& h, std::int64_t steps, PhasePoint& z, Vec& divergence,
                 Rng& rng);

 private:
  PhasePoint start_;
};

}  // namespace thalweg
