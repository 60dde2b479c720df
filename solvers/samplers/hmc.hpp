// Hamiltonian Monte Carlo with trajectories of random length.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/solvers/samplers/hamiltonian_sampler.hpp>

namespace thalweg {

struct Hmc : HamiltonianOptions {
  std::optional<double> time{};  ///< T0
  Index max_steps = 10000;
  static Doc doc();
  void fields(Fields& f);
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
};

}  // namespace thalweg
