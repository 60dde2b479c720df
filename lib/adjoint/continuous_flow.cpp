#include <thalweg/adjoint/continuous_flow.hpp>
#include <thalweg/adjoint/field_on_path.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace thalweg {

namespace {

// da/dz = f(a, z)
struct State {
  std::shared_ptr<FieldOnPath> shared;
  [[nodiscard]] Index dim() const { return shared->size(); }
  void rhs(In a, Out f, double z) const { shared->evaluate(a, z, f); }
  void jvp(In a, In v, Out Jv, double z) const {
    shared->evaluate(a, z, Jv);
    shared->push(v, Jv);
  }
};

// AdjointOnPath with the state beside it in place of a path: x = (a, delta), da/d tau = -f.
struct StateAndAdjoint {
  std::shared_ptr<FieldOnPath> shared;
  [[nodiscard]] Index dim() const { return 2 * shared->size(); }
  void rhs(In x, Out dx, double tau) const {
    const Index d = shared->size();
    shared->evaluate(x.head(d), -tau, dx.head(d));
    dx.head(d) *= -1.0;
    shared->pull(x.tail(d), dx.tail(d));
  }
  void jvp(In x, In v, Out Jv, double tau) const {
    const Index d = shared->size();
    shared->evaluate(x.head(d), -tau, Jv.head(d));
    shared->push(v.head(d), Jv.head(d));
    Jv.head(d) *= -1.0;
    shared->pull_tangent(x.tail(d), v.tail(d), Jv.tail(d));
  }
};

}  // namespace

ContinuousFlow::ContinuousFlow(std::shared_ptr<const VectorField> field, Index samples,
                               double start, std::vector<double> outputs,
                               ContinuousFlowOptions options)
    : field_(std::move(field)),
      samples_(samples),
      start_(start),
      outputs_(std::move(outputs)),
      options_(std::move(options)),
      shared_(std::make_shared<FieldOnPath>(*field_, samples)) {
  check_depths(start_, outputs_);
  use_samples(samples);
}

ContinuousFlow::~ContinuousFlow() = default;

void ContinuousFlow::use_samples(Index n) {
  if (n == n_) return;
  n_ = n;
  shared_->use(n);
  forward_ = options_.solver(AnySystem(State{shared_}), 1.0);
  backward_ = options_.backsolve ? options_.solver(AnySystem(StateAndAdjoint{shared_}), 1.0)
                                 : options_.solver(AnySystem(AdjointOnPath{shared_}), 1.0);
  for (auto* stepper : {&tangent_, &adjoint_, &adjoint_tangent_}) stepper->reset();
  for (Vec* v : {&x_, &inside_})
    v->resize(options_.backsolve ? 2 * shared_->size() : shared_->size());
}

// `entered` sees the state at the beginning of each piece between breaks, `accepted` each step.
void ContinuousFlow::drive(Stepper& stepper, Way way, double from, double to, const Vec& x,
                           const std::function<void()>& accepted,
                           const std::function<void(double z, const Vec&)>& entered) {
  SmoothPieces& pieces = shared_->pieces;
  Index tries = 0;
  Vec next;
  for (double begin = from; begin < to; begin = stepper.time()) {
    if (begin > from) next = stepper.state();
    const Vec& at = begin > from ? next : x;
    double end = to;
    if (way == Way::forwards) {
      pieces.enter(begin);
      end = pieces.stop(to);
    } else {
      pieces.enter_backwards(-begin);
      end = -pieces.stop_backwards(-to);
    }
    if (entered) entered(begin, at);
    stepper.reset(begin, at);
    for (; stepper.time() < end; ++tries) {
      if (tries >= options_.max_steps)
        throw SolveError(
            fmt::format("{} in depth: max_steps = {} tries do not reach the end, z = "
                        "{:.10g} is reached",
                        stepper.method(), options_.max_steps, std::abs(stepper.time())));
      if (stepper.step(end).accepted) {
        ++cost_.steps;
        accepted();
      } else {
        ++cost_.rejected;
      }
    }
  }
}

void ContinuousFlow::forward(In theta, MatIn A0, MatOut X) {
  use_samples(A0.cols());
  const Index d = shared_->size();
  cost_ = {};
  A0_ = A0;
  shared_->evaluations = shared_->vjps = 0;
  shared_->start(theta);
  Vec start(d);
  Eigen::Map<Mat>(start.data(), A0.rows(), n_) = A0;
  X_.resize(A0.rows(), n_ * static_cast<Index>(outputs_.size()));
  std::size_t m = 0;
  for (; m < outputs_.size() && outputs_[m] == start_; ++m)
    X_.middleCols(static_cast<Index>(m) * n_, n_) = A0;
  Vec inside(d);
  drive(
      *forward_, Way::forwards, start_, outputs_.back(), start,
      [&] {
        for (; m < outputs_.size() && outputs_[m] <= forward_->time(); ++m) {
          forward_->interpolate(outputs_[m], inside);
          X_.middleCols(static_cast<Index>(m) * n_, n_) =
              Eigen::Map<const Mat>(inside.data(), A0.rows(), n_);
        }
        if (!options_.backsolve) keep_last_step(inside);
      },
      [&](double z, const Vec& a) {
        if (!options_.backsolve) shared_->add_node(z, a);
      });
  X = X_;
  cost_.forward_evaluations = shared_->evaluations;
  cost_.bytes = shared_->path().bytes();
}

// The states at the middle and the end of the last step forwards.
void ContinuousFlow::keep_last_step(Vec& inside) {
  const double middle = 0.5 * (forward_->previous_time() + forward_->time());
  forward_->interpolate(middle, inside);
  shared_->add_node(middle, inside);
  shared_->add_node(forward_->time(), forward_->state());
}

// Of the last step of the adjoint: theta_bar += the integral of f_theta' delta.
void ContinuousFlow::add_theta_part(Stepper& stepper, Out theta_bar) {
  const Index d = shared_->size();
  const double from = stepper.previous_time(), h = stepper.time() - from;
  Vec a(d);
  for (const auto& [s, weight] : gauss_in_step) {
    const double tau = from + s * h;
    stepper.interpolate(tau, inside_);
    if (options_.backsolve)
      a = inside_.head(d);
    else
      shared_->path().at(-tau, a);
    inside_.tail(d) *= weight * h;
    shared_->pull_theta(a, -tau, inside_.tail(d), theta_bar);
  }
}

void ContinuousFlow::backward(MatIn X_bar, MatOut A0_bar, Out theta_bar) {
  const Index d = shared_->size();
  const FlowCost forward = cost_;
  shared_->evaluations = shared_->vjps = 0;
  x_.setZero();
  double worst = 0.0;
  const auto column = [&](MatIn M, std::size_t m) {
    return M.middleCols(static_cast<Index>(m) * n_, n_).reshaped();
  };
  for (std::size_t m = outputs_.size(); m-- > 0;) {
    x_.tail(d) += column(X_bar, m);
    const double from = outputs_[m], to = m > 0 ? outputs_[m - 1] : start_;
    if (from == to) continue;
    if (options_.backsolve) x_.head(d) = column(X_, m);
    drive(*backward_, Way::backwards, -from, -to, x_,
          [&] { add_theta_part(*backward_, theta_bar); });
    x_ = backward_->state();
    if (!options_.backsolve) continue;
    const auto known = m > 0 ? Mat(X_.middleCols(static_cast<Index>(m - 1) * n_, n_)) : A0_;
    worst = std::fmax(worst, (x_.head(d) - known.reshaped()).norm() / known.norm());
  }
  A0_bar = Eigen::Map<const Mat>(x_.data() + x_.size() - d, A0_bar.rows(), n_);
  cost_ = forward;
  cost_.backward_evaluations = shared_->evaluations;
  cost_.vjps = shared_->vjps;
  if (options_.backsolve) cost_.recovered_error = worst;
}

}  // namespace thalweg
