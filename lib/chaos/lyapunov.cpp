#include <thalweg/chaos/lyapunov.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/chaos/orthonormalise.hpp>
#include <thalweg/chaos/tangent_motion.hpp>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
// A multiplier of a step that is smaller than this is 0 up to the rounding of the Jacobian, a sum
// of terms of the size 1.
const double ln_zero = std::log(1e-14);
constexpr Index most_tries = 10'000'000;  // of a step, in one interval

Motion driven(const Motion& motion, const LyapunovOptions& o, bool volume) {
  if (o.method == LyapunovMethod::tangent) return tangent_motion(motion, o.exponents, volume);
  if (o.exponents != 1)
    throw ConfigError("exponents must be 1 with two trajectories; use method \"tangent\"");
  return pair_motion(motion);
}

}  // namespace

const char* name(OrbitOutcome outcome) {
  switch (outcome) {
    case OrbitOutcome::running:
      return "running";
    case OrbitOutcome::superstable:
      return "superstable";
    case OrbitOutcome::escaped:
      return "escaped";
    default:
      return "not_finite";
  }
}

LyapunovTrajectory::LyapunovTrajectory(const Motion& motion, const SolverFactory& solver,
                                       const LyapunovOptions& options, In x0, Rng rng)
    : options_(options),
      n_(motion.dim()),
      k_(options.exponents),
      volume_(options.method == LyapunovMethod::tangent && options.exponents == motion.dim()),
      motion_(driven(motion, options, volume_)),
      state_(Vec::Zero(motion_.dim())),
      next_(motion_.dim()),
      growth_(Vec::Zero(k_)),
      averages_(k_) {
  if (motion.map() && options.interval != std::floor(options.interval))
    throw ConfigError(
        fmt::format("interval = {} must be a whole number of steps of the map", options.interval));
  if (motion.map() && (options.start < 0.0 || options.start != std::floor(options.start)))
    throw ConfigError(
        fmt::format("start = {} must be a number of steps of the map, >= 0", options.start));
  state_.head(n_) = x0;
  Mat V(n_, k_);  // a frame in general position, so that no exponent is missed
  rng.fill_normal(Eigen::Map<Vec>(V.data(), V.size()));
  orthonormalise(V, growth_);
  if (options.method == LyapunovMethod::tangent) {
    Eigen::Map<Mat>(state_.data() + n_, n_, k_) = V;
  } else {  // of parameters alone: a moment below zero is no state
    if (const auto* p = motion.potential()) V.bottomRows(n_ - p->dim()).setZero();
    separate(V.col(0).normalized());
  }
  if (const auto* system = motion_.system()) {
    stepper_ = tangent_stepper(*system, solver);
    stepper_->reset(options_.start, state_);
  }
}

// The neighbour at `separation` in this direction, a unit vector.
void LyapunovTrajectory::separate(In direction) {
  const auto x = state_.head(n_);
  state_.tail(n_) = x + (options_.separation * (1.0 + x.norm())) * direction;
  first_distance_ = (state_.tail(n_) - x).norm();  // as it is after rounding
}

bool LyapunovTrajectory::advance() {
  if (outcome_ != OrbitOutcome::running || !move()) return false;
  count();
  return outcome_ == OrbitOutcome::running;
}

// state_ one interval later.
bool LyapunovTrajectory::move() {
  const auto judge = [&](const Vec& state) {
    const auto x = state.head(n_);
    if (x.array().isNaN().any())
      outcome_ = OrbitOutcome::not_finite;
    else if (!(x.lpNorm<Eigen::Infinity>() <= options_.escape))
      outcome_ = OrbitOutcome::escaped;
    return outcome_ == OrbitOutcome::running;
  };
  if (const auto* map = motion_.map()) {
    const auto steps = static_cast<Index>(options_.interval);
    const auto first = static_cast<Index>(options_.start) + intervals_ * steps;
    for (Index i = 0; i < steps; ++i) {
      map->apply(state_, next_, first + i);
      if (!judge(next_)) return false;
      state_.swap(next_);
    }
  } else {
    const double end = options_.start + static_cast<double>(intervals_ + 1) * options_.interval;
    Index tries = 0;
    try {
      while (stepper_->time() < end) {
        stepper_->step(end);
        if (++tries > most_tries)
          throw SolveError(fmt::format("more than {} steps in one interval", most_tries));
      }
    } catch (const SolveError& e) {
      state_ = stepper_->state();
      if (judge(state_)) outcome_ = OrbitOutcome::not_finite;
      message_ = e.what();
      return false;
    }
    state_ = stepper_->state();
    if (!judge(state_)) return false;
  }
  // Not the volume's logarithm, which is -infinity on a superstable orbit.
  if (!state_.head(state_.size() - (volume_ ? 1 : 0)).allFinite()) {
    outcome_ = OrbitOutcome::not_finite;
    message_ = "tangent vectors overflowed: shorten the interval";
    return false;
  }
  ++intervals_;
  return true;
}

void LyapunovTrajectory::count() {
  const bool counts = time() > options_.transient * (1.0 + 1e-12);
  if (options_.method == LyapunovMethod::tangent) {
    orthonormalise(Eigen::Map<Mat>(state_.data() + n_, n_, k_), growth_);
    if (!growth_.allFinite() ||
        (motion_.map() && growth_.minCoeff() < ln_zero * options_.interval)) {
      outcome_ = OrbitOutcome::superstable;
      return;
    }
    if (volume_ && !counts) volume_start_ = state_[state_.size() - 1];
  } else {
    const Vec apart = state_.tail(n_) - state_.head(n_);
    const double distance = apart.norm();
    // What is left is rounding of the states: how small the difference is cannot be seen.
    const double visible =
        4.0 * std::numeric_limits<double>::epsilon() * (1.0 + state_.head(n_).norm());
    if (!(distance > visible)) {
      outcome_ = OrbitOutcome::superstable;
      return;
    }
    growth_[0] = std::log(distance / first_distance_);
    if (options_.method == LyapunovMethod::two_trajectories || !counts)
      separate(apart / distance);
    else  // the growth of this interval alone; the sum is ln(d(t) / d(0))
      first_distance_ = distance;
  }
  if (stepper_) stepper_->reset(stepper_->time(), state_);
  if (counts) averages_.add(growth_, options_.interval);
}

double LyapunovTrajectory::volume_rate() const {
  if (!volume_ || !(counted() > 0.0)) return nan;
  return (state_[state_.size() - 1] - volume_start_) / counted();
}

void LyapunovTrajectory::save(Archive& a, const std::string& p) const {
  a.put(p + "state", state_);
  a.put(p + "intervals", static_cast<std::int64_t>(intervals_));
  a.put(p + "volume_start", volume_start_);
  a.put(p + "first_distance", first_distance_);
  a.put(p + "outcome", static_cast<std::int64_t>(outcome_));
  a.put(p + "message", message_);
  averages_.save(a, p + "averages.");
  if (stepper_) stepper_->save(a, p + "stepper.");
}

void LyapunovTrajectory::load(const Archive& a, const std::string& p) {
  state_ = a.vector(p + "state");
  intervals_ = a.integer(p + "intervals");
  volume_start_ = a.real(p + "volume_start");
  first_distance_ = a.real(p + "first_distance");
  outcome_ = static_cast<OrbitOutcome>(a.integer(p + "outcome"));
  message_ = a.text(p + "message");
  averages_.load(a, p + "averages.");
  if (stepper_) stepper_->load(a, p + "stepper.");
}

}  // namespace thalweg
