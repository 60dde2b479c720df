#include <thalweg/solvers/work_rate.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace thalweg {

namespace {

constexpr double memory = 0.8;               // weight of the step before, of the one before it, ...
constexpr std::int64_t steps_of_a_turn = 5;  // at least, before a method is judged
constexpr double first_trial = 150.0;        // work
constexpr double trial_growth = 2.5;         // of the total work between two trials
constexpr double better = 1.1;  // the other is tried when it was better by the square of this

}  // namespace

void WorkRates::add(bool implicit, double dt, double work, double h_next) {
  auto& m = mean_[implicit ? 1 : 0];
  if (dt > 0.0) {
    m.dt *= memory;
    m.work *= memory;
    ++steps_;
  }
  m.dt += dt;
  m.work += work;
  h_[implicit ? 1 : 0] = h_next;
  total_ += work;
  if (next_trial_ == 0.0) next_trial_ = first_trial;
}

bool WorkRates::implicit_next() {
  trial_won_ = false;
  if (steps_ < steps_of_a_turn) return implicit_;
  const double mine = mean_[implicit_ ? 1 : 0].rate(), other = mean_[implicit_ ? 0 : 1].rate();
  bool change = false;
  if (on_trial_) {
    on_trial_ = false;
    change = mine < other;
    trial_won_ = !change;
    next_trial_ = trial_growth * total_;
  } else if (total_ >= next_trial_ || other > better * better * mine) {
    on_trial_ = change = true;
    ++trials_;
  }
  if (change) {
    implicit_ = !implicit_;
    steps_ = 0;
    if (on_trial_) mean_[implicit_ ? 1 : 0] = {};
  }
  return implicit_;
}

std::string WorkRates::reason(const std::string& implicit_name) const {
  const auto text = [](const Mean& m) {
    return m.dt > 0.0 ? fmt::format("{:.3g}", m.work / m.dt) : std::string("not known");
  };
  return fmt::format("work per unit of time {} with rkc2, {} with {}", text(mean_[0]),
                     text(mean_[1]), implicit_name);
}

double WorkRates::first_step(bool implicit) const {
  const double own = h_[implicit ? 1 : 0], other = h_[implicit ? 0 : 1];
  // A method of order 5 takes longer steps than one of order 2; if too long, the error test says
  // so.
  return implicit ? std::max(own, 3.0 * other) : own;
}

void WorkRates::restart() {
  const double total = total_;
  const auto trials = trials_;
  *this = {};
  total_ = total;
  next_trial_ = total + first_trial;  // rates of the time before say little now
  trials_ = trials;
}

void WorkRates::save(Archive& a, const std::string& p) const {
  a.put(p + "rates.dt_explicit", mean_[0].dt);
  a.put(p + "rates.work_explicit", mean_[0].work);
  a.put(p + "rates.dt_implicit", mean_[1].dt);
  a.put(p + "rates.work_implicit", mean_[1].work);
  a.put(p + "rates.h_explicit", h_[0]);
  a.put(p + "rates.h_implicit", h_[1]);
  a.put(p + "rates.implicit", std::int64_t{implicit_});
  a.put(p + "rates.on_trial", std::int64_t{on_trial_});
  a.put(p + "rates.steps", steps_);
  a.put(p + "rates.total", total_);
  a.put(p + "rates.next_trial", next_trial_);
  a.put(p + "rates.trials", trials_);
}

void WorkRates::load(const Archive& a, const std::string& p) {
  mean_[0] = {a.real(p + "rates.dt_explicit"), a.real(p + "rates.work_explicit")};
  mean_[1] = {a.real(p + "rates.dt_implicit"), a.real(p + "rates.work_implicit")};
  h_ = {a.real(p + "rates.h_explicit"), a.real(p + "rates.h_implicit")};
  implicit_ = a.integer(p + "rates.implicit") != 0;
  on_trial_ = a.integer(p + "rates.on_trial") != 0;
  steps_ = a.integer(p + "rates.steps");
  total_ = a.real(p + "rates.total");
  next_trial_ = a.real(p + "rates.next_trial");
  trials_ = a.integer(p + "rates.trials");
}

}  // namespace thalweg
