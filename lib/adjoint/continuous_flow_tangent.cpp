// Hessian and Gauss-Newton products of continuous adjoints: the tangent forwards, then the adjoint,
// with its derivative along the tangent, backwards, each a solve of its own along the kept states:
//
//   d da/dz = f_a da + f_theta dtheta
//   d ddelta/dz = -f_a' ddelta - (f_aa da + f_a,theta dtheta)' delta
//   d(dL/dtheta) = integral f_theta' ddelta + (f_theta,a da + f_theta,theta dtheta)' delta dz
//
// All of them are linear in what is solved for, which is scaled to a size of one so that absolute
// tolerances mean the same for every direction.
#include <thalweg/adjoint/continuous_flow.hpp>
#include <thalweg/adjoint/field_on_path.hpp>

#include <algorithm>
#include <cmath>

namespace thalweg {

namespace {

// Along a(z) from the nodes; affine in da.
struct Tangent {
  std::shared_ptr<FieldOnPath> shared;
  [[nodiscard]] Index dim() const { return shared->size(); }
  void rhs(In da, Out dF, double z) const {
    shared->evaluate_at_node(z);
    shared->push_tangent(da, dF);
  }
  void jvp(In, In v, Out Jv, double z) const {
    shared->evaluate_at_node(z);
    shared->push(v, Jv);
  }
};

// x = (delta, ddelta) in tau = -z; linear in x.
struct AdjointAndTangent {
  std::shared_ptr<FieldOnPath> shared;
  [[nodiscard]] Index dim() const { return 2 * shared->size(); }
  void rhs(In x, Out dx, double tau) const {
    const Index d = shared->size();
    shared->push_at_node(-tau);
    shared->pull_tangent(x.head(d), x.tail(d), dx.tail(d));
    shared->pull(x.head(d), dx.head(d));
  }
  void jvp(In, In v, Out Jv, double tau) const { rhs(v, Jv, tau); }
};

double size_of(MatIn M) {
  return M.size() == 0 ? 0.0 : M.norm() / std::sqrt(static_cast<double>(M.size()));
}
double one_for_zero(double x) { return x > 0.0 ? x : 1.0; }

}  // namespace

void ContinuousFlow::forward_frozen(In, MatIn, MatOut) {
  throw ModelError(
      "a continuous adjoint has no steps that could be repeated: choose \"discrete\" or "
      "\"checkpointed\"");
}

// What backsolve does not keep: the last forward once more.
void ContinuousFlow::keep_path() {
  if (!shared_->path().empty()) return;
  const Vec start = A0_.reshaped();
  Vec inside(start.size());
  drive(
      *forward_, Way::forwards, start_, outputs_.back(), start, [&] { keep_last_step(inside); },
      [&](double z, const Vec& a) { shared_->add_node(z, a); });
}

void ContinuousFlow::forward_tangent(In dtheta, MatIn dA0, MatOut dX) {
  const FlowCost known = cost_;
  keep_path();
  if (!tangent_) tangent_ = options_.solver(AnySystem(Tangent{shared_}), 1.0);
  tangent_size_ = one_for_zero(std::hypot(dtheta.norm(), dA0.norm()));
  shared_->start_tangents(dtheta / tangent_size_);
  const Vec start = dA0.reshaped() / tangent_size_;
  Vec inside(start.size());
  std::size_t m = 0;
  const auto put = [&](const Vec& da) {
    dX.middleCols(static_cast<Index>(m) * n_, n_).reshaped() = tangent_size_ * da;
  };
  for (; m < outputs_.size() && outputs_[m] == start_; ++m) put(start);
  drive(
      *tangent_, Way::forwards, start_, outputs_.back(), start,
      [&] {
        for (; m < outputs_.size() && outputs_[m] <= tangent_->time(); ++m) {
          tangent_->interpolate(outputs_[m], inside);
          put(inside);
        }
        const double middle = 0.5 * (tangent_->previous_time() + tangent_->time());
        tangent_->interpolate(middle, inside);
        shared_->add_tangent_node(middle, inside);
        shared_->add_tangent_node(tangent_->time(), tangent_->state());
      },
      [&](double z, const Vec& da) { shared_->add_tangent_node(z, da); });
  cost_ = known;
}

// From zero beyond the last depth to the first; `bars` has a column of what each output adds.
Vec ContinuousFlow::back_along_path(Stepper& stepper, const Mat& bars,
                                    const std::function<void()>& accepted) {
  const FlowCost known = cost_;
  Vec x = Vec::Zero(bars.rows());
  for (std::size_t m = outputs_.size(); m-- > 0;) {
    x += bars.col(static_cast<Index>(m));
    const double from = outputs_[m], to = m > 0 ? outputs_[m - 1] : start_;
    if (from == to) continue;
    drive(stepper, Way::backwards, -from, -to, x, accepted);
    x = stepper.state();
  }
  cost_ = known;
  return x;
}

void ContinuousFlow::backward_tangent(MatIn X_bar, MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) {
  if (!adjoint_tangent_)
    adjoint_tangent_ = options_.solver(AnySystem(AdjointAndTangent{shared_}), 1.0);
  const Index d = shared_->size(), M = static_cast<Index>(outputs_.size());
  const double size = one_for_zero(std::max(size_of(X_bar), size_of(dX_bar) / tangent_size_));
  Mat bars(2 * d, M);
  bars.topRows(d) = X_bar.reshaped(d, M) / size;
  bars.bottomRows(d) = dX_bar.reshaped(d, M) / (size * tangent_size_);
  Vec part = Vec::Zero(dtheta_bar.size()), x(2 * d);
  const Vec end = back_along_path(*adjoint_tangent_, bars, [&] {
    const double from = adjoint_tangent_->previous_time(), h = adjoint_tangent_->time() - from;
    for (const auto& [s, weight] : gauss_in_step) {
      adjoint_tangent_->interpolate(from + s * h, x);
      x *= weight * h;
      shared_->pull_theta_tangent(-(from + s * h), x.head(d), x.tail(d), part);
    }
  });
  dtheta_bar += (size * tangent_size_) * part;
  dA0_bar.reshaped() = (size * tangent_size_) * end.tail(d);
}

void ContinuousFlow::backward_linear(MatIn dX_bar, MatOut dA0_bar, Out dtheta_bar) {
  if (!adjoint_) adjoint_ = options_.solver(AnySystem(AdjointOnPath{shared_}), 1.0);
  const Index d = shared_->size();
  const double size = one_for_zero(size_of(dX_bar));
  Vec part = Vec::Zero(dtheta_bar.size()), x(d), a(d);
  const Mat bars = dX_bar.reshaped(d, static_cast<Index>(outputs_.size())) / size;
  const Vec end = back_along_path(*adjoint_, bars, [&] {
    const double from = adjoint_->previous_time(), h = adjoint_->time() - from;
    for (const auto& [s, weight] : gauss_in_step) {
      adjoint_->interpolate(from + s * h, x);
      x *= weight * h;
      shared_->path().at(-(from + s * h), a);
      shared_->pull_theta(a, -(from + s * h), x, part);
    }
  });
  dtheta_bar += size * part;
  dA0_bar.reshaped() = size * end;
}

}  // namespace thalweg
