#include <thalweg/models/depth/field_motion.hpp>

#include <cmath>

namespace thalweg {

FieldAtSignal::FieldAtSignal(std::shared_ptr<const VectorField> field, Vec theta)
    : field_(std::move(field)),
      theta_(std::move(theta)),
      no_change_(Vec::Zero(theta_.size())),
      at_(field_->evaluation(field_->width())),
      A_(field_->width(), field_->width()),
      F_(A_),
      I_(Mat::Identity(field_->width(), field_->width())),
      J_(A_),
      S_(A_),
      eigen_(field_->width()) {}

void FieldAtSignal::f(In a, Out out, double z) {
  A_.col(0) = a;
  at_->evaluate(A_.leftCols(1), z, theta_, F_.leftCols(1));
  out = F_.col(0);
}

const Mat& FieldAtSignal::jacobian(In a, double z) {
  A_.colwise() = a;
  at_->evaluate(A_, z, theta_, F_);
  at_->jvp(I_, no_change_, J_);
  return J_;
}

std::pair<double, double> FieldAtSignal::symmetric_bounds() {
  S_ = 0.5 * (J_ + J_.transpose());
  if (!S_.allFinite()) return {NAN, NAN};
  eigen_.compute(S_, Eigen::EigenvaluesOnly);
  return {eigen_.eigenvalues().minCoeff(), eigen_.eigenvalues().maxCoeff()};
}

void AdjointMotion::rhs(In x, Out dxds, double s) const {
  const Index d = field->width();
  const double z = pieces->inside(signal->end() - s);
  signal->at(z, *a);
  dxds.head(d).noalias() = field->jacobian(*a, z).transpose() * x.head(d);
  const auto [low, high] = field->symmetric_bounds();
  dxds[d] = low;
  dxds[d + 1] = high;
}

}  // namespace thalweg
