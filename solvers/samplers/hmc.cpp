#include <thalweg/solvers/samplers/hmc.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thalweg/solvers/samplers/metropolis_trajectory.hpp>
#include <thalweg/solvers/samplers/nuts_tree.hpp>

namespace thalweg {

namespace {

class HmcSampler final : public HamiltonianSampler {
 public:
  HmcSampler(const AnyPotential& potential, double temperature, const Hmc& options)
      : HamiltonianSampler(
            potential, temperature, options,
            {.name = "hmc",
             .statistics = {"lp", "acceptance_rate", "step_size", "energy", "energy_error",
                            "max_energy_error", "int_time", "n_steps", "n_gradients", "diverging"},
             .description = fmt::format(
                 "hmc, {}, trajectories uniform in (0, 2 T0], T0 {}", describe(options),
                 options.time ? fmt::format("= {:g}", *options.time) : "learnt in the warm-up")}),
        options_(options),
        tree_(potential.dim(), 10),
        metropolis_(potential.dim()) {}

 private:
  void on_start() override {
    time_ = options_.time.value_or(0.5 * std::numbers::pi);
    sum_ = 0.0;
    count_ = 0;
  }

  // The warm-up follows no-U-turn trajectories, which are long enough to learn a metric from, until
  // the middle of its last phase; there the metric is final and they show how long to go.
  SampleInfo trajectory(const Hamiltonian& h, PhasePoint& z, Vec& divergence, Rng& rng) override {
    if (warming_up() && 2 * warmup_.since_last_window() < warmup_.last_phase_length()) {
      auto done = tree_.grow(h, z, divergence, rng);
      if (warmup_.since_last_window() >= 0 && !options_.time) {
        sum_ += done.int_time;
        ++count_;
        time_ = 0.5 * sum_ / static_cast<double>(count_);
      }
      done.tree_depth = 0;  // means nothing in this method
      return done;
    }
    // max_steps first: the time of a step that went to 0 is no number of steps.
    const double steps = std::min(static_cast<double>(options_.max_steps),
                                  std::ceil(2.0 * time_ * rng.uniform() / h.step));
    return metropolis_.run(h, static_cast<std::int64_t>(std::max(1.0, steps)), z, divergence, rng);
  }

  void save_more(Archive& archive, const std::string& prefix) const override {
    archive.put(prefix + "time", time_);
    archive.put(prefix + "sum", sum_);
    archive.put(prefix + "count", count_);
  }
  void load_more(const Archive& archive, const std::string& prefix) override {
    time_ = archive.real(prefix + "time");
    sum_ = archive.real(prefix + "sum");
    count_ = archive.integer(prefix + "count");
  }

  Hmc options_;
  NutsTree tree_;
  MetropolisTrajectory metropolis_;
  double time_ = 0.0, sum_ = 0.0;
  std::int64_t count_ = 0;
};

}  // namespace

Doc Hmc::doc() {
  return {.summary = "Hamiltonian Monte Carlo with trajectories of random length",
          .equation =
              "H = U/T + p' M^-1 p / 2, p ~ N(0, M); ceil(t / h) steps, t uniform in "
              "(0, 2 T0]; accepted with probability min(1, exp(-dH))",
          .source =
              "Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987) 216-222; Neal, "
              "Handbook of Markov Chain Monte Carlo (2011) ch. 5",
          .notes =
              "Exact. A fixed length resonates with some frequency and hardly moves there, hence "
              "the random one. T0 absent: half the mean path of the no-U-turn trajectories that "
              "the warm-up follows (pi/2 without a warm-up), in the time of the metric. One "
              "gradient a step with leapfrog, 2 or 3 with bcss2 and bcss3."};
}

void Hmc::fields(Fields& f) {
  HamiltonianOptions::fields(f);
  f("time", time, "time", "T0, mean length of a trajectory (absent: learnt in the warm-up)",
    positive());
  f("max_steps", max_steps, "1", "steps of a trajectory at most", between(1.0, 1e9));
}

std::unique_ptr<Sampler> Hmc::operator()(const AnyPotential& potential, double temperature) const {
  return std::make_unique<HmcSampler>(potential, temperature, *this);
}

}  // namespace thalweg
