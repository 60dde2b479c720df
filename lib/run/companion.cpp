#include <thalweg/run/companion.hpp>

#include <cmath>

namespace thalweg {

Companion::Companion(std::string name, Motion motion, std::unique_ptr<Stepper> stepper)
    : name_(std::move(name)),
      motion_(std::move(motion)),
      stepper_(std::move(stepper)),
      probe_(motion_),
      x_(motion_.dim()) {}

void Companion::reset(double t, In x, double t_end) {
  stepper_->reset(t, x);
  t_end_ = t_end;
  steps_ = 0;
  failure_.clear();
  looked_ = false;
}

void Companion::advance_to(double t) {
  if (looked_ && looked_at_ == t) return;
  if (alive()) {
    try {
      while (stepper_->time() < t) {
        const double before = stepper_->time();
        const auto report = stepper_->step(t_end_);
        if (!report.accepted) continue;
        if (stepper_->time() == before) break;  // a map whose next iterate lies past the end
        ++steps_;
      }
      if (t >= stepper_->previous_time() && t < stepper_->time())
        stepper_->interpolate(t, x_);
      else
        x_ = stepper_->state();
      probe_.move_to(t, steps_, x_);
    } catch (const SolveError& e) {
      failure_ = e.what();
    }
  }
  looked_ = true;
  looked_at_ = t;
}

void Companion::save(Archive& archive) const {
  const std::string p = "compare." + name_ + ".";
  stepper_->save(archive, p + "stepper.");
  archive.put(p + "steps", static_cast<std::int64_t>(steps_));
  archive.put(p + "failure", failure_);
}

void Companion::load(const Archive& archive) {
  const std::string p = "compare." + name_ + ".";
  stepper_->load(archive, p + "stepper.");
  steps_ = archive.integer(p + "steps");
  failure_ = archive.text(p + "failure");
  looked_ = false;
}

}  // namespace thalweg
