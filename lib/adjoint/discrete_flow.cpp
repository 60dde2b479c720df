#include <thalweg/adjoint/discrete_flow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace thalweg {

namespace {

constexpr double safety = 0.9, least_factor = 0.2, largest_factor = 10.0;
constexpr int most_not_finite_in_a_row = 10;

// States beside the first one.
Index capacity_of(const std::optional<std::size_t>& budget, Index size) {
  if (!budget) return CheckpointStore::all;
  const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(double);
  if (*budget < 2 * bytes)
    throw ModelError(
        fmt::format("a budget of {} bytes is too small: two states of a block need {}, with their "
                    "tangents twice that",
                    *budget, 2 * bytes));
  return static_cast<Index>(*budget / bytes) - 1;
}

double rms_over(const Vec& v, const Vec& a, const Vec& b, double rtol, double atol) {
  const auto scale = atol + rtol * a.array().abs().max(b.array().abs());
  const double e = std::sqrt((v.array() / scale).square().mean() + 0.0 * b.sum());
  return std::isfinite(e) ? e : std::numeric_limits<double>::infinity();
}

}  // namespace

DiscreteFlow::DiscreteFlow(std::shared_ptr<const VectorField> field, Index samples, double start,
                           std::vector<double> outputs, const DiscreteFlowOptions& options)
    : field_(std::move(field)),
      options_(options),
      tableau_(tableau(options.method)),
      step_(*field_, tableau_, samples),
      store_(capacity_of(options.budget, field_->width() * samples)),
      start_(start),
      outputs_(std::move(outputs)) {
  if (!options_.steps && !tableau_.adaptive())
    throw ModelError("method \"" + tableau_.name +
                     "\" has no error estimate: set a number of steps, or take dopri5");
  check_depths(start_, outputs_);
}

void DiscreteFlow::check_block(Index columns) {
  n_ = columns;
  step_.use_samples(n_);
  for (Vec* v : {&y_, &y_new_, &error_, &y_bar_, &dy_bar_}) v->resize(step_.size());
}

void DiscreteFlow::fail(const std::string& what, double z, double h) const {
  throw SolveError(
      fmt::format("{} in depth: {} at z = {:.10g} with step {:.3g}", tableau_.name, what, z, h));
}

void DiscreteFlow::start(In theta, MatIn A0) {
  check_block(A0.cols());
  cost_ = {};
  evaluations_before_ = step_.calls().evaluations;
  theta_ = theta;
  Eigen::Map<Mat>(y_.data(), A0.rows(), n_) = A0;
  store_.start(y_);
  z_.assign(1, start_);
  places_.clear();
  X_.resize(field_->width(), n_ * static_cast<Index>(outputs_.size()));
  step_.first_stage(theta_, y_, start_);
}

void DiscreteFlow::finish(MatOut X) {
  X = X_;
  cost_.steps = n_steps();
  cost_.forward_evaluations = step_.calls().evaluations - evaluations_before_;
  cost_.bytes = store_.bytes();
}

void DiscreteFlow::forward(In theta, MatIn A0, MatOut X) {
  start(theta, A0);
  if (options_.steps)
    equal_steps();
  else
    adaptive_steps();
  finish(X);
}

void DiscreteFlow::forward_frozen(In theta, MatIn A0, MatOut X) {
  if (z_.size() < 2 || z_.back() != outputs_.back())
    throw ModelError("there are no steps to repeat: solve forward first");
  frozen_ = z_;
  start(theta, A0);
  try {
    for (std::size_t n = 1; n < frozen_.size(); ++n) step_to(frozen_[n]);
  } catch (const SolveError&) {
    z_ = frozen_;  // another point may do
    throw;
  }
  finish(X);
}

void DiscreteFlow::equal_steps() {
  const double end = outputs_.back(), whole = end - start_;
  while (z_.back() < end) {
    const double from = z_.back(), to = step_.piece().stop(end), length = to - from;
    const double share = static_cast<double>(*options_.steps) * (length / whole);
    const auto N = std::max<Index>(static_cast<Index>(std::ceil(share - 1e-6)), 1);  // or rounding
    for (Index n = 0; n < N; ++n)
      step_to(n + 1 == N ? to
                         : from + length * static_cast<double>(n + 1) / static_cast<double>(N));
  }
}

// A step that nothing asks whether it is good.
void DiscreteFlow::step_to(double to) {
  const double from = z_.back();
  step_.stages(theta_, y_, from, to - from, y_new_);
  if (!y_new_.allFinite()) fail("the state is not finite after the step", from, to - from);
  step_.last_stage(theta_, y_new_, to);
  accept(to);
}

double DiscreteFlow::first_step(double length) {
  const Vec& f = step_.k(0);
  const double rtol = options_.rtol, atol = options_.atol;
  const double d0 = rms_over(y_, y_, y_, rtol, atol), d1 = rms_over(f, y_, y_, rtol, atol);
  if (!std::isfinite(d0) || !std::isfinite(d1)) fail("the start is not finite", start_, 0.0);
  double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
  h0 = std::min(h0, length);
  y_new_ = y_ + h0 * f;
  step_.last_stage(theta_, y_new_, start_ + h0);
  error_ = step_.k(tableau_.stages) - f;
  const double d2 = rms_over(error_, y_, y_, rtol, atol) / h0;
  const double d = std::max(d1, d2);
  const double h1 =
      d <= 1e-15 ? std::max(1e-6, 1e-3 * h0) : std::pow(0.01 / d, 1.0 / tableau_.order);
  const double h = std::min(100.0 * h0, h1);
  return h > 0.0 ? h : h0;
}

void DiscreteFlow::adaptive_steps() {
  const double end = outputs_.back(), exponent = -1.0 / tableau_.order;
  double h = first_step(step_.piece().stop(end) - start_);
  int not_finite = 0;
  while (z_.back() < end) {
    const double from = z_.back(), stop = step_.piece().stop(end), left = stop - from;
    const double to = left <= 1.01 * h ? stop : from + h, wanted = h;
    if (!(to - from > 16.0 * std::numeric_limits<double>::epsilon() * std::abs(from)))
      fail("the tolerance wants a step below rounding", from, h);
    if (n_steps() >= options_.max_steps)
      fail(fmt::format("max_steps = {} steps do not reach the end", options_.max_steps), from, h);
    const double step = to - from;
    step_.stages(theta_, y_, from, step, y_new_);
    step_.last_stage(theta_, y_new_, to);
    step_.error(step, error_);
    const double e = rms_over(error_, y_, y_new_, options_.rtol, options_.atol);
    if (!std::isfinite(e)) {
      if (++not_finite == most_not_finite_in_a_row)
        fail("every smaller step gives a state that is not finite", from, step);
      ++cost_.rejected;
      h = least_factor * step;
      continue;
    }
    not_finite = 0;
    const bool accepted = e <= 1.0;
    const double factor = e == 0.0 ? largest_factor : safety * std::pow(e, exponent);
    h = step * std::clamp(factor, accepted ? 1.0 : least_factor, largest_factor);
    if (accepted && to == stop) h = std::max(h, wanted);  // what a break has shortened
    if (accepted)
      accept(to);
    else
      ++cost_.rejected;
  }
}

// The step from z_.back() to z_new with y_new_ and all its stages becomes the last one.
void DiscreteFlow::accept(double z_new) {
  const Index n = n_steps();
  const double from = z_.back(), h = z_new - from;
  for (; places_.size() < outputs_.size() && outputs_[places_.size()] <= z_new;) {
    const auto m = static_cast<Index>(places_.size());
    const double at = outputs_[places_.size()], sigma = at == z_new ? 1.0 : (at - from) / h;
    if (sigma < 1.0)
      step_.output(y_, h, sigma, error_);
    else
      error_ = y_new_;
    X_.middleCols(m * n_, n_) = Eigen::Map<const Mat>(error_.data(), X_.rows(), n_);
    places_.push_back({n, sigma});
  }
  z_.push_back(z_new);
  y_.swap(y_new_);
  store_.put(n + 1, y_);
  if (z_new < outputs_.back() && step_.piece().ended(z_new))
    step_.first_stage(theta_, y_, z_new);
  else
    step_.shift();
}

void DiscreteFlow::step_again(Index n, Vec& x) {
  step_.first_stage(theta_, x, z(n));
  step_.stages(theta_, x, z(n), h(n), y_new_);
  x.swap(y_new_);
}

Vec& DiscreteFlow::output_of(MatIn X, Index m) {
  Eigen::Map<Mat>(error_.data(), X.rows(), n_) = X.middleCols(m * n_, n_);
  return error_;
}

// Whether an output lies inside the step to which places_[m] belongs.
bool DiscreteFlow::inside(Index m, Index n) const {
  return m >= 0 && place(m).step == n && place(m).sigma < 1.0;
}

void DiscreteFlow::backward(MatIn X_bar, MatOut A0_bar, Out theta_bar) {
  const auto before = step_.calls();
  const Index repeated = store_.repeated();
  y_bar_.setZero();
  auto m = static_cast<Index>(places_.size()) - 1;
  for (Index n = n_steps() - 1; n >= 0; --n) {
    store_.take(n, y_, [this](Index i, Vec& x) { step_again(i, x); });
    for (; m >= 0 && place(m).step == n && place(m).sigma == 1.0; --m)
      y_bar_ += output_of(X_bar, m);
    step_.first_stage(theta_, y_, z(n));
    step_.stages(theta_, y_, z(n), h(n), y_new_);
    if (inside(m, n)) step_.last_stage(theta_, y_new_, z(n + 1));
    step_.start_adjoint(h(n), y_bar_);
    for (; inside(m, n); --m)
      step_.output_adjoint(h(n), place(m).sigma, output_of(X_bar, m), y_bar_);
    step_.finish_adjoint(y_bar_, h(n), theta_bar);
  }
  A0_bar = Eigen::Map<const Mat>(y_bar_.data(), X_bar.rows(), n_);
  cost_.backward_evaluations = step_.calls().evaluations - before.evaluations;
  cost_.vjps = step_.calls().vjps - before.vjps;
  cost_.repeated_steps = store_.repeated() - repeated;
  cost_.bytes = std::max(cost_.bytes, store_.bytes());
}

void DiscreteFlow::forward_tangent(In dtheta, MatIn dA0, MatOut dX) {
  const Index size = step_.size();
  if (!pair_store_) pair_store_.emplace(capacity_of(options_.budget, 2 * size));
  dtheta_ = dtheta;
  pair_.resize(2 * size);
  pair_new_.resize(2 * size);
  pair_.head(size) = store_.first();
  Eigen::Map<Mat>(pair_.data() + size, dA0.rows(), n_) = dA0;
  pair_store_->start(pair_);
  Index m = 0;
  for (Index n = 0; n < n_steps(); ++n) {
    stages_of_pair(n);
    const auto last = static_cast<Index>(places_.size());
    const bool interior = m < last && inside(m, n);
    if (interior) {
      step_.last_stage(theta_, pair_new_.head(size), z(n + 1));
      step_.last_stage_tangent(dtheta_, pair_new_.tail(size));
    }
    for (; m < last && place(m).step == n; ++m) {
      if (place(m).sigma < 1.0)
        step_.output_tangent(pair_.tail(size), h(n), place(m).sigma, error_);
      else
        error_ = pair_new_.tail(size);
      dX.middleCols(m * n_, n_) = Eigen::Map<const Mat>(error_.data(), dX.rows(), n_);
    }
    pair_.swap(pair_new_);
    pair_store_->put(n + 1, pair_);
  }
}

// The stages of step n and their tangents from pair_, the new pair in pair_new_.
void DiscreteFlow::stages_of_pair(Index n) {
  const Index size = step_.size();
  step_.first_stage(theta_, pair_.head(size), z(n));
  step_.first_stage_tangent(dtheta_, pair_.tail(size));
  step_.stages(theta_, pair_.head(size), z(n), h(n), pair_new_.head(size));
  step_.stages_tangent(dtheta_, pair_.tail(size), h(n), pair_new_.tail(size));
}

void DiscreteFlow::take_pair(Index n) {
  pair_store_->take(n, pair_, [this](Index i, Vec&) {
    stages_of_pair(i);
    pair_.swap(pair_new_);
  });
}

void DiscreteFlow::backward_tangent(MatIn X_bar, MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) {
  const Index size = step_.size();
  y_bar_.setZero();
  dy_bar_.setZero();
  auto m = static_cast<Index>(places_.size()) - 1;
  for (Index n = n_steps() - 1; n >= 0; --n) {
    take_pair(n);
    for (; m >= 0 && place(m).step == n && place(m).sigma == 1.0; --m) {
      y_bar_ += output_of(X_bar, m);
      dy_bar_ += output_of(dX_bar, m);
    }
    stages_of_pair(n);
    if (inside(m, n)) {
      step_.last_stage(theta_, pair_new_.head(size), z(n + 1));
      step_.last_stage_tangent(dtheta_, pair_new_.tail(size));
    }
    step_.start_adjoint(h(n), y_bar_);
    step_.start_adjoint_tangent(h(n), dy_bar_);
    for (; inside(m, n); --m) {
      step_.output_adjoint(h(n), place(m).sigma, output_of(X_bar, m), y_bar_);
      step_.output_adjoint_tangent(h(n), place(m).sigma, output_of(dX_bar, m), dy_bar_);
    }
    step_.finish_adjoint_tangent(y_bar_, dy_bar_, h(n), none_, dtheta_bar);
  }
  dA0_bar = Eigen::Map<const Mat>(dy_bar_.data(), X_bar.rows(), n_);
}

void DiscreteFlow::backward_linear(MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) {
  const Index size = step_.size();
  dy_bar_.setZero();
  auto m = static_cast<Index>(places_.size()) - 1;
  for (Index n = n_steps() - 1; n >= 0; --n) {
    take_pair(n);
    for (; m >= 0 && place(m).step == n && place(m).sigma == 1.0; --m)
      dy_bar_ += output_of(dX_bar, m);
    step_.first_stage(theta_, pair_.head(size), z(n));
    step_.stages(theta_, pair_.head(size), z(n), h(n), y_new_);
    if (inside(m, n)) step_.last_stage(theta_, y_new_, z(n + 1));
    step_.start_adjoint(h(n), dy_bar_);
    for (; inside(m, n); --m)
      step_.output_adjoint(h(n), place(m).sigma, output_of(dX_bar, m), dy_bar_);
    step_.finish_adjoint(dy_bar_, h(n), dtheta_bar);
  }
  dA0_bar = Eigen::Map<const Mat>(dy_bar_.data(), dX_bar.rows(), n_);
}

}  // namespace thalweg
