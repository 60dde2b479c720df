#include <thalweg/run/probe.hpp>

namespace thalweg {

namespace {

// The potential inside a flow keeps the solver's counters: evaluating the motion for a record would
// count there. So the counts are put back after each look at the motion (rate()).
Motion own_counts(const Motion& motion) {
  if (const auto* s = motion.system()) return s->with_own_counts();
  return motion.map()->with_own_counts();
}

}  // namespace

Probe::Probe(const Motion& motion) : motion_(own_counts(motion)), x_(motion.dim()) {
  if (const auto* p = motion.potential()) {
    potential_ = p->with_own_counts();
    gradient_.resize(p->dim());
  }
  rate_.resize(motion.dim());
}

void Probe::move_to(double t, Index step, In x) {
  t_ = t;
  step_ = step;
  x_ = x;
  has_loss_ = has_gradient_ = has_rate_ = false;
}

double Probe::loss() {
  if (!has_loss_) {
    loss_ = potential_.value(parameters());
    has_loss_ = true;
  }
  return loss_;
}

const Vec& Probe::gradient() {
  if (!has_gradient_) {
    loss_ = potential_.value_and_gradient(parameters(), gradient_);
    has_gradient_ = has_loss_ = true;
  }
  return gradient_;
}

const Vec& Probe::rate() {
  if (has_rate_) return rate_;
  const auto* system = motion_.system();
  if (system && system->is_gradient_flow()) {
    rate_ = -gradient();
  } else if (system) {
    const auto before = motion_.counts();
    system->rhs(x_, rate_, t_);
    motion_.set_counts(before);
  } else {
    const auto before = motion_.counts();
    const auto* map = motion_.map();
    map->apply(x_, rate_, step_);
    rate_ = (rate_ - x_) / map->time_step();
    motion_.set_counts(before);
  }
  has_rate_ = true;
  return rate_;
}

}  // namespace thalweg
