#include <thalweg/adjoint/continuous_flow.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thalweg/numerics/hermite.hpp>
#include <utility>

namespace thalweg {

// What the motions forwards and backwards share: the field at a point and the nodes between which
// the state is interpolated.
class ContinuousFlow::Shared {
 public:
  Shared(const VectorField& field, Index samples)
      : width_(field.width()), evaluation_(field.evaluation(samples)) {}

  void use(Index n) {
    n_ = n;
    for (Vec* v : {&a_, &f_, &u_}) v->resize(size());
  }
  [[nodiscard]] Index size() const { return width_ * n_; }
  void start(In theta) {
    theta_ = theta;
    no_direction_.setZero(theta.size());
    depths_.clear();
    count_ = 0;
  }

  void evaluate(In a, double z, Out f) {
    ++evaluations;
    evaluation_->evaluate(block(a), z, theta_, block(f));
  }
  void push(In v, Out Jv) { evaluation_->jvp(block(v), no_direction_, block(Jv)); }
  void pull(In delta, Out u) {
    ++vjps;
    evaluation_->vjp(block(delta), block(u), none_);
  }
  /// theta_bar += f_theta(a, z)' delta
  void pull_theta(In a, double z, In delta, Out theta_bar) {
    evaluate(a, z, f_);
    ++vjps;
    evaluation_->vjp(block(delta), block(Out(u_)), theta_bar);
  }
  void pull_tangent(In delta, In ddelta, Out du) {
    evaluation_->vjp_tangent(block(delta), block(ddelta), block(du), none_);
  }
  Vec& evaluate_at_node(double z) {
    interpolate(z, a_);
    evaluate(a_, z, f_);
    return f_;
  }

  void add_node(double z, In a) {
    if (count_ == static_cast<Index>(states_.size())) {
      states_.emplace_back();
      slopes_.emplace_back();
    }
    const auto i = static_cast<std::size_t>(count_++);
    depths_.push_back(z);
    states_[i] = a;
    slopes_[i].resize(size());
    evaluate(a, z, slopes_[i]);
  }
  [[nodiscard]] std::size_t bytes() const {
    return static_cast<std::size_t>(2 * count_ * size()) * sizeof(double);
  }
  void interpolate(double z, Out a) {
    const auto above = std::upper_bound(depths_.begin() + 1, depths_.end() - 1, z);
    const auto i = static_cast<std::size_t>(above - depths_.begin()) - 1;
    hermite(std::clamp(z, depths_[i], depths_[i + 1]), depths_[i], states_[i], slopes_[i],
            depths_[i + 1], states_[i + 1], slopes_[i + 1], a);
  }

  Index evaluations = 0, vjps = 0;

 private:
  [[nodiscard]] Eigen::Map<const Mat> block(In a) const { return {a.data(), width_, n_}; }
  [[nodiscard]] Eigen::Map<Mat> block(Out a) const { return {a.data(), width_, n_}; }

  Index width_, n_ = 0;
  std::unique_ptr<FieldEvaluation> evaluation_;
  Vec theta_, no_direction_, none_, a_, f_, u_;
  Index count_ = 0;
  std::vector<double> depths_{};
  std::vector<Vec> states_{}, slopes_{};
};

namespace {

// Gauss' rule with three points on [0, 1].
const double gauss_offset = std::sqrt(0.15);
const std::array<std::pair<double, double>, 3> gauss{
    {{0.5 - gauss_offset, 5.0 / 18.0}, {0.5, 4.0 / 9.0}, {0.5 + gauss_offset, 5.0 / 18.0}}};

// da/dz = f(a, z)
template <class S>
struct State {
  std::shared_ptr<S> shared;
  [[nodiscard]] Index dim() const { return shared->size(); }
  void rhs(In a, Out f, double z) const { shared->evaluate(a, z, f); }
  void jvp(In a, In v, Out Jv, double z) const {
    shared->evaluate(a, z, Jv);
    shared->push(v, Jv);
  }
};

// In tau = -z: d delta/d tau = f_a(a(-tau), -tau)' delta, a from the nodes. Linear in delta.
template <class S>
struct Adjoint {
  std::shared_ptr<S> shared;
  [[nodiscard]] Index dim() const { return shared->size(); }
  void rhs(In delta, Out u, double tau) const {
    shared->evaluate_at_node(-tau);
    shared->pull(delta, u);
  }
  void jvp(In, In v, Out Jv, double tau) const { rhs(v, Jv, tau); }
};

// The same with the state beside it: x = (a, delta), da/d tau = -f.
template <class S>
struct StateAndAdjoint {
  std::shared_ptr<S> shared;
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
      shared_(std::make_shared<Shared>(*field_, samples)) {
  check_depths(start_, outputs_);
  use_samples(samples);
}

ContinuousFlow::~ContinuousFlow() = default;

void ContinuousFlow::use_samples(Index n) {
  if (n == n_) return;
  n_ = n;
  shared_->use(n);
  forward_ = options_.solver(AnySystem(State<Shared>{shared_}), 1.0);
  backward_ = options_.backsolve ? options_.solver(AnySystem(StateAndAdjoint<Shared>{shared_}), 1.0)
                                 : options_.solver(AnySystem(Adjoint<Shared>{shared_}), 1.0);
  for (Vec* v : {&x_, &inside_})
    v->resize(options_.backsolve ? 2 * shared_->size() : shared_->size());
}

template <class Accepted>
void ContinuousFlow::drive(Stepper& stepper, double from, double to, const Vec& x,
                           Accepted&& accepted) {
  stepper.reset(from, x);
  for (Index tries = 0; stepper.time() < to; ++tries) {
    if (tries >= options_.max_steps)
      throw SolveError(
          fmt::format("{} in depth: max_steps = {} tries do not reach the end, z = "
                      "{:.10g} is reached",
                      stepper.method(), options_.max_steps, std::abs(stepper.time())));
    if (stepper.step(to).accepted) {
      ++cost_.steps;
      accepted();
    } else {
      ++cost_.rejected;
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
  if (!options_.backsolve) shared_->add_node(start_, start);
  Vec inside(d);
  drive(*forward_, start_, outputs_.back(), start, [&] {
    for (; m < outputs_.size() && outputs_[m] <= forward_->time(); ++m) {
      forward_->interpolate(outputs_[m], inside);
      X_.middleCols(static_cast<Index>(m) * n_, n_) =
          Eigen::Map<const Mat>(inside.data(), A0.rows(), n_);
    }
    if (options_.backsolve) return;
    const double middle = 0.5 * (forward_->previous_time() + forward_->time());
    forward_->interpolate(middle, inside);
    shared_->add_node(middle, inside);
    shared_->add_node(forward_->time(), forward_->state());
  });
  X = X_;
  cost_.forward_evaluations = shared_->evaluations;
  cost_.bytes = options_.backsolve ? 0 : shared_->bytes();
}

// Of the last step of the adjoint: theta_bar += the integral of f_theta' delta.
void ContinuousFlow::add_theta_part(Stepper& stepper, Out theta_bar) {
  const Index d = shared_->size();
  const double from = stepper.previous_time(), h = stepper.time() - from;
  Vec a(d);
  for (const auto& [s, weight] : gauss) {
    const double tau = from + s * h;
    stepper.interpolate(tau, inside_);
    if (options_.backsolve)
      a = inside_.head(d);
    else
      shared_->interpolate(-tau, a);
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
    drive(*backward_, -from, -to, x_, [&] { add_theta_part(*backward_, theta_bar); });
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

void ContinuousFlow::forward_tangent(In, MatIn, MatOut) {
  throw ModelError("a continuous adjoint has no Hessian products: choose \"discrete\"");
}

void ContinuousFlow::backward_tangent(MatIn, MatIn, MatOut, Out) {
  throw ModelError("a continuous adjoint has no Hessian products: choose \"discrete\"");
}

}  // namespace thalweg
