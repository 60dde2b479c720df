// One chain: its random numbers, its sampler, its place. Chains share nothing that changes, so they
// may run on any threads.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/core/sampler.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace thalweg {

class Chain {
 public:
  /// Chain number `index` of a run with this seed, on a copy of the potential with counts of its
  /// own. Its numbers come from the stream "chain-<index>" whatever else runs.
  Chain(std::uint64_t seed, Index index, const AnyPotential& potential,
        const SamplerFactory& make_sampler, double temperature);

  /// Stands at q with `warmup` transitions of adaptation ahead. @throws SolveError when U or its
  /// gradient is not finite there.
  void start(In q, std::int64_t warmup) { sampler_->start(q, warmup, rng_); }
  SampleInfo transition() {
    ++transitions_;
    return sampler_->transition(rng_);
  }

  [[nodiscard]] std::int64_t transitions() const { return transitions_; }
  [[nodiscard]] const AnyPotential& potential() const { return potential_; }
  [[nodiscard]] Sampler& sampler() { return *sampler_; }
  [[nodiscard]] const Sampler& sampler() const { return *sampler_; }
  /// Of its own stream, for what is drawn before the start.
  [[nodiscard]] Rng& rng() { return rng_; }

  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  std::string prefix_;
  AnyPotential potential_;
  std::unique_ptr<Sampler> sampler_;
  Rng rng_;
  std::int64_t transitions_ = 0;
};

}  // namespace thalweg
