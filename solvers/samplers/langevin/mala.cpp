#include <thalweg/solvers/samplers/langevin/mala.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/solvers/samplers/metropolis_trajectory.hpp>

namespace thalweg {

namespace {

// One leapfrog of size sqrt(h) from a fresh momentum proposes and accepts exactly as MALA with step
// h does.
HamiltonianOptions one_leapfrog(const Mala& o) {
  HamiltonianOptions h;
  if (o.step_size) h.step_size = std::sqrt(*o.step_size);
  h.metric = o.metric;
  h.target_acceptance = o.target_acceptance;
  return h;
}

class MalaSampler final : public HamiltonianSampler {
 public:
  MalaSampler(const AnyPotential& potential, double temperature, const Mala& o)
      : HamiltonianSampler(
            potential, temperature, one_leapfrog(o),
            {.name = "mala",
             .statistics = {"lp", "acceptance_rate", "step_size", "n_steps", "n_gradients",
                            "diverging"},
             .description =
                 fmt::format("mala, {} metric, {}", o.metric,
                             o.step_size ? fmt::format("step {:g}", *o.step_size)
                                         : fmt::format("acceptance {:g}", o.target_acceptance))}),
        metropolis_(potential.dim()) {}

  double step_size() const override { return warmup_.step_size() * warmup_.step_size(); }
  void set_tuning(double step_size, const InverseMetric& metric) override {
    // What is no step is refused as it was given.
    HamiltonianSampler::set_tuning(step_size > 0.0 ? std::sqrt(step_size) : step_size, metric);
  }

 private:
  SampleInfo trajectory(const Hamiltonian& h, PhasePoint& z, Vec& divergence, Rng& rng) override {
    return metropolis_.run(h, 1, z, divergence, rng);
  }

  MetropolisTrajectory metropolis_;
};

}  // namespace

Doc Mala::doc() {
  return {.summary = "Metropolis-adjusted Langevin algorithm",
          .equation =
              "q* = q - (h/2) M^-1 grad U(q)/T + sqrt(h) M^(-1/2) z, z ~ N(0, I), accepted "
              "or not by Metropolis and Hastings' rule",
          .source =
              "Roberts, Tweedie, Bernoulli 2 (1996) 341-363; Roberts, Rosenthal, J. R. Stat. "
              "Soc. B 60 (1998) 255-268, acceptance 0.574",
          .notes =
              "Exact. One gradient a draw; a random walk, so that draws are correlated over "
              "about (largest / smallest scale)^2 steps."};
}

void Mala::fields(Fields& f) {
  f("step_size", step_size, "time", "h (absent: adapted in the warm-up)", positive());
  f("metric", metric, "", "preconditioner M^-1, learnt in the warm-up unless unit",
    one_of(metric_names()));
  f("target_acceptance", target_acceptance, "1", "mean acceptance that the step is adapted to",
    {.low = 0.0, .high = 1.0, .low_open = true, .high_open = true});
}

std::unique_ptr<Sampler> Mala::operator()(const AnyPotential& potential, double temperature) const {
  return std::make_unique<MalaSampler>(potential, temperature, *this);
}

}  // namespace thalweg
