#include <thalweg/run/companion.hpp>

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace thalweg {

Companion::Companion(std::string name, Motion motion, std::unique_ptr<Stepper> stepper)
    : name_(std::move(name)),
      motion_(std::move(motion)),
      stepper_(std::move(stepper)),
      probe_(motion_),
      x_(motion_.dim()) {}

void Companion::reset(double t, In x, double t_end, Index max_tries) {
  stepper_->reset(t, x);
  t_end_ = t_end;
  max_tries_ = max_tries;
  steps_ = tries_ = 0;
  failure_.clear();
  looked_ = false;
  settle(t);
}

void Companion::advance_to(double t) {
  if (looked_ && looked_at_ == t) return;
  if (t < stepper_->previous_time()) {
    if (!goes_back_) throw std::logic_error("compare \"" + name_ + "\" was asked for the past");
    load(settled_);
  }
  if (alive()) {
    try {
      while (stepper_->time() < t) {
        if (on_step_) on_step_();
        const double before = stepper_->time();
        const auto report = stepper_->step(t_end_);
        if (report.accepted && stepper_->time() == before)
          break;  // a map whose next iterate lies past the end
        const double left = (t_end_ - stepper_->time()) / report.dt_used;
        if (++tries_ > max_tries_ ||
            (!stepper_->info().adaptive && left > static_cast<double>(max_tries_)))
          throw SolveError(
              fmt::format("at t = {:.6g} after {} steps of at most {} (limits.max_steps), "
                          "{:.2g} of {:.3g} are left",
                          stepper_->time(), tries_, max_tries_, left, report.dt_used));
        if (report.accepted) ++steps_;
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

void Companion::settle(double t) {
  if (!goes_back_ || t < stepper_->previous_time()) return;
  settled_ = {};
  save_now(settled_);
}

void Companion::save_now(Archive& archive) const {
  const std::string p = "compare." + name_ + ".";
  stepper_->save(archive, p + "stepper.");
  archive.put(p + "steps", static_cast<std::int64_t>(steps_));
  archive.put(p + "tries", static_cast<std::int64_t>(tries_));
  archive.put(p + "failure", failure_);
}

void Companion::save(Archive& archive) const {
  if (goes_back_)
    archive.merge(settled_);
  else
    save_now(archive);
}

void Companion::load(const Archive& archive) {
  const std::string p = "compare." + name_ + ".";
  stepper_->load(archive, p + "stepper.");
  steps_ = archive.integer(p + "steps");
  tries_ = archive.integer(p + "tries");
  failure_ = archive.text(p + "failure");
  looked_ = false;
  if (&archive != &settled_) settle(stepper_->time());
}

}  // namespace thalweg
