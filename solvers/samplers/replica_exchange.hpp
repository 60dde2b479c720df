// Parallel tempering: copies of the no-U-turn sampler at a ladder of temperatures exchange their
// positions, so that what is walled in at the lowest travels over the barriers at the highest.
#pragma once
#include <thalweg/solvers/samplers/nuts.hpp>

namespace thalweg {

struct ReplicaExchange : Nuts {
  Index replicas = 8;
  double hottest = 100.0;
  static Doc doc();
  void fields(Fields& f);
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
};

}  // namespace thalweg
