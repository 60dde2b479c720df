// The chains of a run: advanced together, draw by draw, each on whatever thread is free. What they
// give depends on the seed and on nothing else.
#pragma once
#include <thalweg/run/sampling/chain.hpp>
#include <thalweg/run/sampling/draw_groups.hpp>
#include <thalweg/run/sampling/tuning.hpp>

#include <deque>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

class Chains {
 public:
  Chains(std::uint64_t seed, const AnyPotential& potential, const SamplerFactory& make_sampler,
         const DrawsConfig& config);

  /// The groups of draws, and the positions of divergences where the sampler tells them.
  [[nodiscard]] std::vector<SeriesSchema> schemas() const;
  /// Before start(): chain i takes tuning i, or i modulo their number.
  void set_tuning(std::span<const Tuning> tunings);
  /// `points`: one start per chain.
  void start(const std::vector<Vec>& points);

  /// Every chain makes `n` transitions of the warm-up, or `n` draws after it, and the rows go to
  /// `output`. `n` is at most left_in_phase().
  void advance(Index n, RunOutput& output);
  [[nodiscard]] bool warming_up() const { return done_ < config_.warmup; }
  /// Transitions to the end of the warm-up, then draws to the end.
  [[nodiscard]] Index left_in_phase() const;
  [[nodiscard]] bool finished() const { return done_ == config_.warmup + config_.count; }
  /// Warm-up transitions and draws so far, of each chain.
  [[nodiscard]] Index done() const { return done_; }
  [[nodiscard]] Index draws() const { return std::max<Index>(0, done_ - config_.warmup); }
  /// Bytes that one more draw of all chains keeps in memory until it is published.
  [[nodiscard]] std::size_t bytes_per_draw() const;

  [[nodiscard]] std::deque<Chain>& chains() { return chains_; }
  [[nodiscard]] const std::deque<Chain>& chains() const { return chains_; }
  [[nodiscard]] std::vector<Tuning> tuning() const;
  /// Of the draws, over all chains and resumed commands.
  [[nodiscard]] std::int64_t divergences() const { return divergences_; }
  /// Mean over all draws so far of a chain; NaN before the first.
  [[nodiscard]] double mean_acceptance(std::size_t chain) const;
  [[nodiscard]] double mean_potential() const;  ///< of the last draws, for the progress line
  [[nodiscard]] CallCounts counts() const;

  void save(Archive& archive) const;
  void load(const Archive& archive);

 private:
  struct Divergence {
    Index draw;
    Vec position;
  };
  // What the chain has made since the rows were last handed over.
  struct Rows {
    std::vector<Mat> groups{};  // of each group, a column per draw
    std::vector<Divergence> divergences{};
    double acceptance_sum = 0.0;
    double last_lp = 0.0;
  };
  void make_rows(std::size_t chain, Index n);
  [[nodiscard]] bool has_divergences() const;

  DrawsConfig config_;
  std::deque<Chain> chains_;
  std::deque<DrawGroups> groups_;  // one for each chain
  std::vector<Rows> rows_;
  Index done_ = 0;
  std::int64_t divergences_ = 0;
};

}  // namespace thalweg
