// Stochastic gradient Langevin dynamics: overdamped Langevin steps on mini-batches.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/sampler.hpp>

#include <optional>

namespace thalweg {

struct Sgld {
  double step_size = 0.0;
  Index batch_size = 32;
  std::optional<Index> steps{};
  static Doc doc();
  void fields(Fields& f);
  /// The sampler it makes throws a ModelError for a potential that is no sum over samples, or has
  /// fewer than a batch.
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
};

}  // namespace thalweg
