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
  double decay = 0.0, decay_steps = 1000.0;
  static Doc doc();
  void fields(Fields& f);
  /// h (1 + n / decay_steps)^-decay, n = 0, 1, ...
  [[nodiscard]] double step_size_at(std::int64_t n) const;
  /// The sampler it makes throws a ModelError for a potential that is no sum over samples, or has
  /// fewer than a batch.
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
};

}  // namespace thalweg
