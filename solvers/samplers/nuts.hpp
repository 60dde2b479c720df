// The no-U-turn sampler: Hamiltonian Monte Carlo that finds the length of each trajectory itself.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/solvers/samplers/hamiltonian_sampler.hpp>

namespace thalweg {

struct Nuts : HamiltonianOptions {
  Index max_depth = 10;
  static Doc doc();
  void fields(Fields& f);
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
  [[nodiscard]] std::unique_ptr<HamiltonianSampler> make(const AnyPotential& potential,
                                                         double temperature) const;
};

}  // namespace thalweg
