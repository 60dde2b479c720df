// Motions in depth of one signal through a field: forwards, and its adjoint backwards.
#pragma once
#include <thalweg/core/smooth_pieces.hpp>
#include <thalweg/core/types.hpp>
#include <thalweg/core/vector_field.hpp>
#include <thalweg/models/depth/depth_path.hpp>

#include <Eigen/Eigenvalues>
#include <memory>
#include <utility>
#include <vector>

namespace thalweg {

/// A field with its parameters at the signal of one input. Of one thread.
class FieldAtSignal {
 public:
  FieldAtSignal(std::shared_ptr<const VectorField> field, Vec theta);

  [[nodiscard]] Index width() const { return field_->width(); }
  [[nodiscard]] std::vector<double> breaks() const { return field_->breaks(); }
  /// f(a, z).
  void f(In a, Out out, double z);
  /// The Jacobian f_a at (a, z), shape (width, width).
  const Mat& jacobian(In a, double z);
  /// Extreme eigenvalues of (J + J')/2 for the last jacobian: the growth rates of |v| lie between.
  std::pair<double, double> symmetric_bounds();

 private:
  std::shared_ptr<const VectorField> field_;
  Vec theta_, no_change_;
  std::unique_ptr<FieldEvaluation> at_;
  Mat A_, F_, I_, J_, S_;
  Eigen::SelfAdjointEigenSolver<Mat> eigen_;
};

/// a' = f(a, z), in the piece of f that is entered.
struct SignalMotion {
  std::shared_ptr<FieldAtSignal> field;
  std::shared_ptr<const SmoothPieces> pieces;

  [[nodiscard]] Index dim() const { return field->width(); }
  void rhs(In a, Out dadz, double z) const { field->f(a, dadz, pieces->inside(z)); }
};

/// The adjoint delta' = -f_a' delta along a kept signal, in the depth left s = Z - z, with the
/// integrals of the extreme eigenvalues of sym f_a from z to Z: state (delta, lower, upper).
struct AdjointMotion {
  std::shared_ptr<FieldAtSignal> field;
  std::shared_ptr<const SmoothPieces> pieces;
  std::shared_ptr<const DepthPath> signal;
  std::shared_ptr<Vec> a = std::make_shared<Vec>(field->width());

  [[nodiscard]] Index dim() const { return field->width() + 2; }
  void rhs(In x, Out dxds, double s) const;
};

}  // namespace thalweg
