// What the Langevin samplers without Metropolis' correction share: steps of a given size, several
// a draw, no adaptation. One method says what a step is.
#pragma once
#include <thalweg/core/sampler.hpp>
#include <thalweg/solvers/samplers/splitting.hpp>

#include <string>

namespace thalweg {

class UnadjustedSampler : public Sampler {
 public:
  const SamplerInfo& info() const final { return info_; }
  void start(In q, std::int64_t warmup, Rng& rng) final;
  SampleInfo transition(Rng& rng) final;
  const Vec& position() const final { return z_.q; }
  bool warming_up() const final { return done_ < warmup_; }
  const Vec& divergence_position() const final { return divergence_; }
  double step_size() const final { return step_; }
  InverseMetric inverse_metric() const final { return metric_.inverse(); }
  /// The step is the configuration's; the metric is taken over.
  void set_tuning(double step_size, const InverseMetric& metric) final;
  void save(Archive& archive, const std::string& prefix) const final;
  void load(const Archive& archive, const std::string& prefix) final;

 protected:
  /// `steps` steps of size `step` a draw.
  UnadjustedSampler(const AnyPotential& potential, double temperature, double step, Index steps,
                    SamplerInfo info);

  /// One step of z_ at the cost of one gradient. A point that cannot be computed gets z_.u =
  /// infinity or gradient entries that are not finite.
  virtual void step(Rng& rng) = 0;
  virtual void on_start(Rng&) {}
  /// The size of step number n of the chain, counted from 0 through the warm-up.
  [[nodiscard]] virtual double step_size_at(std::int64_t /*n*/) const { return step_; }
  /// After the last step of a draw: z_.u is to be U/T of the draw.
  virtual void finish_draw() {}

  Target target_;
  Metric metric_;
  double step_;  ///< of the step under way
  PhasePoint z_;

 private:
  Index steps_;
  SamplerInfo info_;
  PhasePoint before_;
  Vec divergence_;
  std::int64_t warmup_ = 0, done_ = 0;
};

}  // namespace thalweg
