#include <thalweg/solvers/samplers/hamiltonian_sampler.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/solvers/samplers/start_point.hpp>

namespace thalweg {

void HamiltonianOptions::fields(Fields& f) {
  f("step_size", step_size, "time", "step of the integrator (absent: adapted in the warm-up)",
    positive());
  f("metric", metric, "", "inverse mass matrix, learnt in the warm-up unless unit",
    one_of(metric_names()));
  f("target_acceptance", target_acceptance, "1", "mean acceptance that the step is adapted to",
    {.low = 0.0, .high = 1.0, .low_open = true, .high_open = true});
  f("integrator", integrator, "", "splitting method of a step", one_of(splitting_names()));
  f("max_energy_error", max_energy_error, "1", "a trajectory whose energy grew by more diverged",
    positive());
}

std::string describe(const HamiltonianOptions& o) {
  return fmt::format("{} metric, {}, {}", o.metric, o.integrator,
                     o.step_size ? fmt::format("step {:g}", *o.step_size)
                                 : fmt::format("acceptance {:g}", o.target_acceptance));
}

HamiltonianSampler::HamiltonianSampler(const AnyPotential& potential, double temperature,
                                       const HamiltonianOptions& options, SamplerInfo info)
    : warmup_(potential.dim(), {.step_size = options.step_size,
                                .metric = metric_kind(options.metric),
                                .target_acceptance = options.target_acceptance}),
      target_(potential, temperature),
      splitting_(splitting(options.integrator)),
      max_energy_error_(options.max_energy_error),
      info_(std::move(info)) {
  z_.resize(potential.dim());
  trial_.resize(potential.dim());
}

void HamiltonianSampler::start(In q, std::int64_t warmup, Rng& rng) {
  set_start(target_, info_.name, q, z_);
  divergence_.resize(0);
  warmup_.begin(warmup);
  if (warmup_.needs_first_step()) find_step(rng);
  on_start();
}

void HamiltonianSampler::set_tuning(double step_size, const InverseMetric& metric) {
  warmup_.take_over(step_size, metric);
}

std::int64_t HamiltonianSampler::find_step(Rng& rng) {
  std::int64_t gradients = 0;
  const double step = find_first_step(warmup_.step_size(), [&](double h) {
    trial_ = z_;
    refresh_momentum(warmup_.metric(), rng, trial_);
    const double before = trial_.energy();
    const bool finite = advance(splitting_, target_, warmup_.metric(), h, trial_);
    gradients += splitting_.gradients();
    const double change = trial_.energy() - before;
    return finite && !std::isnan(change) ? change : std::numeric_limits<double>::infinity();
  });
  warmup_.set_first_step(step);
  return gradients;
}

void HamiltonianSampler::exchange_position(HamiltonianSampler& other) {
  z_.q.swap(other.z_.q);
  z_.g.swap(other.z_.g);
  std::swap(z_.u, other.z_.u);
  const double ratio = other.temperature() / temperature();
  z_.u *= ratio;  // U/T and its gradient
  z_.g *= ratio;
  other.z_.u /= ratio;
  other.z_.g /= ratio;
}

SampleInfo HamiltonianSampler::transition(Rng& rng) {
  refresh_momentum(warmup_.metric(), rng, z_);
  divergence_.resize(0);
  const double step_size_in_use = step_size();
  auto done = trajectory({.target = target_,
                          .metric = warmup_.metric(),
                          .splitting = splitting_,
                          .step = warmup_.step_size(),
                          .max_energy_error = max_energy_error_},
                         z_, divergence_, rng);
  done.lp = target_.lp(z_.u);
  done.step_size = step_size_in_use;
  done.n_gradients = done.n_steps * splitting_.gradients();
  if (warmup_.active() && warmup_.learn(z_.q, done.acceptance_rate))
    done.n_gradients += find_step(rng);
  return done;
}

void HamiltonianSampler::save(Archive& archive, const std::string& prefix) const {
  archive.put(prefix + "q", z_.q);
  archive.put(prefix + "g", z_.g);
  archive.put(prefix + "u", z_.u);
  archive.put(prefix + "divergence", divergence_);
  warmup_.save(archive, prefix + "warmup.");
  save_more(archive, prefix);
}

void HamiltonianSampler::load(const Archive& archive, const std::string& prefix) {
  const auto q = archive.vector(prefix + "q");
  if (q.size() != target_.dim())
    throw IoError(
        fmt::format("the checkpoint holds {} unknowns, the model has {}", q.size(), target_.dim()));
  z_.resize(q.size());
  z_.q = q;
  z_.g = archive.vector(prefix + "g");
  z_.u = archive.real(prefix + "u");
  divergence_ = archive.vector(prefix + "divergence");
  warmup_.load(archive, prefix + "warmup.");
  load_more(archive, prefix);
}

}  // namespace thalweg
