// Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy
// as 1, 2, 3", 2011). The key is (seed, stream), so that named streams are independent, results do
// not depend on threads, and saving a generator is saving one counter.
#pragma once
#include <thalweg/core/types.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace thalweg {

class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view stream);

  std::uint32_t bits();
  /// Uniform in (0, 1), 53 random bits, never 0 or 1.
  double uniform();
  /// Standard normal by Box and Muller's transform of two uniforms: portable to the last bits of
  /// the C library's log, cos and sin.
  double normal();
  /// Uniform in {0, ..., n - 1}, n >= 1, without modulo bias.
  Index below(Index n);
  void fill_normal(Out x);

  /// Everything that is needed to continue: position in the stream and the spare normal.
  struct State {
    std::uint64_t counter = 0;
    std::uint32_t used = 4;
    bool has_spare = false;
    double spare = 0.0;
  };
  [[nodiscard]] State state() const { return state_; }
  void restore(const State& state);

 private:
  void refill();
  std::array<std::uint32_t, 2> key_{};
  std::uint32_t stream_low_ = 0, stream_high_ = 0;
  State state_{};
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace thalweg
