#include <thalweg/solvers/samplers/metropolis_trajectory.hpp>

#include <cmath>
#include <limits>

namespace thalweg {

SampleInfo MetropolisTrajectory::run(const Hamiltonian& h, std::int64_t steps, PhasePoint& z,
                                     Vec& divergence, Rng& rng) {
  start_ = z;
  const double before = z.energy();
  SampleInfo done;
  double error = 0.0;
  while (done.n_steps < steps && !done.diverging) {
    const bool finite = advance(h.splitting, h.target, h.metric, h.step, z);
    ++done.n_steps;
    error = z.energy() - before;
    if (!finite || std::isnan(error)) error = std::numeric_limits<double>::infinity();
    if (std::abs(error) > std::abs(done.max_energy_error)) done.max_energy_error = error;
    done.diverging = error > h.max_energy_error;
  }
  if (done.diverging) divergence = z.q;
  done.int_time = h.step * static_cast<double>(done.n_steps);
  done.acceptance_rate = done.diverging ? 0.0 : std::exp(-std::max(0.0, error));
  done.energy_error = error;
  done.energy = before + error;
  if (!(rng.uniform() < done.acceptance_rate)) {
    z = start_;
    done.energy_error = 0.0;
    done.energy = before;
  }
  return done;
}

}  // namespace thalweg
