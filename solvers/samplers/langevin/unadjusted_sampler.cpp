#include <thalweg/solvers/samplers/langevin/unadjusted_sampler.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/solvers/samplers/start_point.hpp>

namespace thalweg {

UnadjustedSampler::UnadjustedSampler(const AnyPotential& potential, double temperature, double step,
                                     Index steps, SamplerInfo info)
    : target_(potential, temperature),
      metric_(InverseMetric::Kind::unit, potential.dim()),
      step_(step),
      steps_(steps),
      info_(std::move(info)) {
  info_.statistics = {"lp", "step_size", "int_time", "n_steps", "n_gradients", "diverging"};
  info_.adjusted = false;
  z_.resize(potential.dim());
}

void UnadjustedSampler::start(In q, std::int64_t warmup, Rng& rng) {
  set_start(target_, info_.name, q, z_);
  divergence_.resize(0);
  warmup_ = warmup;
  done_ = 0;
  on_start(rng);
}

SampleInfo UnadjustedSampler::transition(Rng& rng) {
  SampleInfo done;
  divergence_.resize(0);
  before_ = z_;
  while (done.n_steps < steps_ && !done.diverging) {
    step_ = step_size_at(done_ * steps_ + done.n_steps);
    step(rng);
    ++done.n_steps;
    done.int_time += step_;
    // A square that overflows is as good as infinite.
    done.diverging = !std::isfinite(z_.u) || !std::isfinite(z_.g.squaredNorm());
  }
  if (!done.diverging) {
    finish_draw();
    done.diverging = !std::isfinite(z_.u);
  }
  if (done.diverging) {
    divergence_ = z_.q;
    z_ = before_;
  }
  done.lp = target_.lp(z_.u);
  done.step_size = step_;
  done.n_gradients = done.n_steps;
  ++done_;
  return done;
}

void UnadjustedSampler::set_tuning(double /*step_size*/, const InverseMetric& metric) {
  metric_ = Metric(metric.kind, target_.dim());
  metric_.set(metric);
}

void UnadjustedSampler::save(Archive& archive, const std::string& prefix) const {
  archive.put(prefix + "q", z_.q);
  archive.put(prefix + "p", z_.p);
  archive.put(prefix + "v", z_.v);
  archive.put(prefix + "g", z_.g);
  archive.put(prefix + "w", z_.w);
  archive.put(prefix + "u", z_.u);
  archive.put(prefix + "divergence", divergence_);
  archive.put(prefix + "warmup", warmup_);
  archive.put(prefix + "done", done_);
  metric_.save(archive, prefix + "metric.");
}

void UnadjustedSampler::load(const Archive& archive, const std::string& prefix) {
  const auto q = archive.vector(prefix + "q");
  if (q.size() != target_.dim())
    throw IoError(
        fmt::format("the checkpoint holds {} unknowns, the model has {}", q.size(), target_.dim()));
  z_.q = q;
  z_.p = archive.vector(prefix + "p");
  z_.v = archive.vector(prefix + "v");
  z_.g = archive.vector(prefix + "g");
  z_.w = archive.vector(prefix + "w");
  z_.u = archive.real(prefix + "u");
  divergence_ = archive.vector(prefix + "divergence");
  warmup_ = archive.integer(prefix + "warmup");
  done_ = archive.integer(prefix + "done");
  metric_ = Metric(metric_kind(archive.text(prefix + "metric.kind")), target_.dim());
  metric_.load(archive, prefix + "metric.");
}

}  // namespace thalweg
