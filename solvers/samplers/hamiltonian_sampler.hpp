// What the samplers of Hamiltonian dynamics share: position, warm-up, start, saving. One method
// says what a trajectory is.
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/sampler.hpp>
#include <thalweg/solvers/samplers/splitting.hpp>
#include <thalweg/solvers/samplers/warmup.hpp>

#include <optional>
#include <string>

namespace thalweg {

/// The part of a sampler's table that these have in common.
struct HamiltonianOptions {
  std::optional<double> step_size{};
  std::string metric = "diagonal";
  double target_acceptance = 0.8;
  std::string integrator = "leapfrog";
  double max_energy_error = 1000.0;
  void fields(Fields& f);
};

/// The motion that a trajectory follows.
struct Hamiltonian {
  const Target& target;
  const Metric& metric;
  const Splitting& splitting;
  double step = 0.0;
  double max_energy_error = 0.0;  ///< beyond it a trajectory has diverged
};

class HamiltonianSampler : public Sampler {
 public:
  HamiltonianSampler(const AnyPotential& potential, double temperature,
                     const HamiltonianOptions& options, SamplerInfo info);

  const SamplerInfo& info() const final { return info_; }
  void start(In q, std::int64_t warmup, Rng& rng) final;
  SampleInfo transition(Rng& rng) final;
  const Vec& position() const final { return z_.q; }
  bool warming_up() const final { return warmup_.active(); }
  const Vec& divergence_position() const final { return divergence_; }
  double step_size() const override { return warmup_.step_size(); }
  InverseMetric inverse_metric() const final { return warmup_.metric().inverse(); }
  void set_tuning(double step_size, const InverseMetric& metric) override;
  [[nodiscard]] double temperature() const { return target_.temperature(); }
  [[nodiscard]] double potential_energy() const { return -target_.lp(z_.u); }
  /// With a sampler of the same potential, which may be at another temperature.
  void exchange_position(HamiltonianSampler& other);
  void save(Archive& archive, const std::string& prefix) const final;
  void load(const Archive& archive, const std::string& prefix) final;

 protected:
  /// Moves z, whose momentum is fresh, to the next draw. Fills what a trajectory knows and, when it
  /// diverged, `divergence`.
  virtual SampleInfo trajectory(const Hamiltonian& h, PhasePoint& z, Vec& divergence, Rng& rng) = 0;
  virtual void on_start() {}
  virtual void save_more(Archive&, const std::string& /*prefix*/) const {}
  virtual void load_more(const Archive&, const std::string& /*prefix*/) {}

  Warmup warmup_;

 private:
  /// Returns the gradients that it cost.
  std::int64_t find_step(Rng& rng);

  Target target_;
  Splitting splitting_;
  double max_energy_error_;
  SamplerInfo info_;
  PhasePoint z_, trial_;
  Vec divergence_;
};

/// "diagonal metric, leapfrog, acceptance 0.8", for SamplerInfo::description.
std::string describe(const HamiltonianOptions& options);

}  // namespace thalweg
