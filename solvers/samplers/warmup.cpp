#include <thalweg/solvers/samplers/warmup.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>

namespace thalweg {

Warmup::Warmup(Index dim, const WarmupOptions& options)
    : options_(options),
      metric_(options.metric, dim),
      welford_(options.metric, dim),
      averaging_(options.target_acceptance),
      step_(options.step_size.value_or(1.0)) {}

void Warmup::begin(std::int64_t transitions) {
  windows_ = WarmupWindows(transitions);
  done_ = 0;
  welford_.restart();
  averaging_.restart(step_);
}

void Warmup::take_over(double step, const InverseMetric& metric) {
  if (!(step > 0.0) || !std::isfinite(step))
    throw ConfigError(fmt::format("the step size to take over = {} must be > 0 and finite", step));
  metric_.set(metric);
  if (options_.step_size) return;
  step_ = step;
  taken_over_ = true;
}

void Warmup::set_first_step(double step) {
  step_ = step;
  averaging_.restart(step);
}

bool Warmup::learn(const Vec& q, double acceptance) {
  const std::int64_t n = done_++;
  if (!options_.step_size) step_ = averaging_.learn(acceptance);
  bool changed = false;
  if (options_.metric != InverseMetric::Kind::unit) {
    if (windows_.learns_metric(n)) welford_.add(q);
    if (windows_.ends_window(n) && welford_.count() >= 2) {
      metric_.set(welford_.inverse_metric());
      welford_.restart();
      changed = !options_.step_size;
    }
  }
  if (!active() && !options_.step_size && averaging_.has_learnt()) step_ = averaging_.result();
  return changed;
}

void Warmup::save(Archive& archive, const std::string& prefix) const {
  archive.put(prefix + "length", windows_.length);
  archive.put(prefix + "done", done_);
  archive.put(prefix + "step", step_);
  metric_.save(archive, prefix + "metric.");
  averaging_.save(archive, prefix + "averaging.");
  if (active()) welford_.save(archive, prefix + "welford.");
}

void Warmup::load(const Archive& archive, const std::string& prefix) {
  windows_ = WarmupWindows(archive.integer(prefix + "length"));
  done_ = archive.integer(prefix + "done");
  step_ = archive.real(prefix + "step");
  metric_.load(archive, prefix + "metric.");
  averaging_.load(archive, prefix + "averaging.");
  if (active()) welford_.load(archive, prefix + "welford.");
}

}  // namespace thalweg
