#include <Random123/philox.h>

#include <cmath>
#include <numbers>
#include <thalweg/core/rng.hpp>

namespace thalweg {

namespace {

// FNV-1a: a fixed, documented hash, so that streams never change with the standard library.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return h;
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::string_view stream) {
  const std::uint64_t h = fnv1a(stream);
  // 64 bits of seed and 64 bits of stream: the seed is the key, the stream fills the upper half of
  // the 128-bit counter.
  key_ = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  block_ = {0, 0, static_cast<std::uint32_t>(h), static_cast<std::uint32_t>(h >> 32)};
  stream_low_ = block_[2];
  stream_high_ = block_[3];
}

void Rng::refill() {
  r123::Philox4x32 philox;
  const r123::Philox4x32::ctr_type counter{{static_cast<std::uint32_t>(state_.counter),
                                            static_cast<std::uint32_t>(state_.counter >> 32),
                                            stream_low_, stream_high_}};
  const auto out = philox(counter, {{key_[0], key_[1]}});
  for (std::size_t i = 0; i < 4; ++i) block_[i] = out[i];
  ++state_.counter;
  state_.used = 0;
}

std::uint32_t Rng::bits() {
  if (state_.used >= 4) refill();
  return block_[state_.used++];
}

double Rng::uniform() {
  const std::uint64_t high = bits() >> 5, low = bits() >> 6;  // 27 + 26 bits
  return (static_cast<double>((high << 26) | low) + 0.5) * 0x1p-53;
}

double Rng::normal() {
  if (state_.has_spare) {
    state_.has_spare = false;
    return state_.spare;
  }
  const double r = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  state_.spare = r * std::sin(angle);
  state_.has_spare = true;
  return r * std::cos(angle);
}

Index Rng::below(Index n) {
  const auto range = static_cast<std::uint64_t>(n);
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % range;
  for (;;) {
    const std::uint64_t r = (static_cast<std::uint64_t>(bits()) << 32) | bits();
    if (r < limit) return static_cast<Index>(r % range);
  }
}

void Rng::fill_normal(Out x) {
  for (Index i = 0; i < x.size(); ++i) x[i] = normal();
}

void Rng::restore(const State& state) {
  state_ = state;
  if (state_.used < 4) {  // rebuild the block that was in use
    const auto used = state_.used;
    --state_.counter;
    refill();
    state_.used = used;
  }
}

}  // namespace thalweg
