// The ends of a Hessian's spectrum from row to row of a run: each search starts from the
// eigenvectors of the one before.
#pragma once
#include <string>
#include <thalweg/numerics/lanczos.hpp>
#include <thalweg/numerics/warm_start.hpp>
#include <thalweg/run/quantities.hpp>

namespace thalweg {

class EigenpairTracker final : public Accumulator {
 public:
  /// Every `cold_every` searches one begins at a random vector and then spends `options.probe`: a
  /// direction that has risen unseen is found then. `key` names its streams and what it saves.
  EigenpairTracker(std::string key, const LanczosOptions& options, Index cold_every)
      : key_(std::move(key)), options_(options), cold_every_(cold_every) {}

  /// Of the Hessian of `potential` at q; asked again at the same point it answers from memory.
  const EigenPairs& at(const AnyPotential& potential, In q);

  void start(double, In) override;
  void on_step(Stepper&, double, double) override {}
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  std::string key_;
  LanczosOptions options_;
  Index cold_every_;
  EigenPairs pairs_;
  Vec q_;  // where pairs_ belong, empty: nowhere
  WarmStart warm_;
  Index searches_ = 0;
};

}  // namespace thalweg
