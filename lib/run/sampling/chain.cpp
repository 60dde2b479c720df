#include <thalweg/run/sampling/chain.hpp>

#include <fmt/format.h>

#include <bit>

namespace thalweg {

Chain::Chain(std::uint64_t seed, Index index, const AnyPotential& potential,
             const SamplerFactory& make_sampler, double temperature)
    : prefix_(fmt::format("chain.{}.", index)),
      potential_(potential.with_own_counts()),
      sampler_(make_sampler(potential_, temperature)),
      rng_(seed, fmt::format("chain-{}", index)) {}

void Chain::save(Archive& a) const {
  const auto s = rng_.state();
  a.put(prefix_ + "rng.counter", std::bit_cast<std::int64_t>(s.counter));
  a.put(prefix_ + "rng.used", std::int64_t{s.used});
  a.put(prefix_ + "rng.has_spare", std::int64_t{s.has_spare});
  a.put(prefix_ + "rng.spare", s.spare);
  a.put(prefix_ + "transitions", transitions_);
  const auto counts = potential_.counts();
  a.put(prefix_ + "values", counts.values);
  a.put(prefix_ + "gradients", counts.gradients);
  sampler_->save(a, prefix_ + "sampler.");
}

void Chain::load(const Archive& a) {
  sampler_->load(a, prefix_ + "sampler.");
  Rng::State s;
  s.counter = std::bit_cast<std::uint64_t>(a.integer(prefix_ + "rng.counter"));
  s.used = static_cast<std::uint32_t>(a.integer(prefix_ + "rng.used"));
  s.has_spare = a.integer(prefix_ + "rng.has_spare") != 0;
  s.spare = a.real(prefix_ + "rng.spare");
  rng_.restore(s);
  transitions_ = a.integer(prefix_ + "transitions");
  CallCounts counts;
  counts.values = a.integer(prefix_ + "values");
  counts.gradients = a.integer(prefix_ + "gradients");
  potential_.set_counts(counts);
}

}  // namespace thalweg
