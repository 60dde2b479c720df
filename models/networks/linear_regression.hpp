// Linear least squares, f(x) = W x + b:
//
//   L = scale |f - Y|^2 / (2 n) + l2/2 (|W|^2 + |b|^2)        (reduction "sum": without 1/n)
//
// a quadratic, so its minimum and its gradient flow are known in closed form from the eigenvalues
// of the Gram matrix of the inputs. The parameters are W, shape (C, d), row by row, then b (C).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>
#include <thalweg/models/networks/loss_options.hpp>

#include <memory>
#include <span>

namespace thalweg {

class LinearRegression {
 public:
  bool bias = true;
  LossOptions factors{};
  DataPart data{.name = "digits"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when there are no data.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  /// The Hessian is the Gauss-Newton matrix.
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  void third(In, In, In, Out Tuv) const { Tuv.setZero(); }
  [[nodiscard]] Index samples() const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  [[nodiscard]] Layout layout() const;
  /// Zero: the minimum reached from there is the one of least norm.
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(dim()); }
  bool exact_flow(In q0, double t, Out q) const;
  [[nodiscard]] std::optional<double> minimum_value() const;
  [[nodiscard]] Observables observables() const;

 private:
  struct Quadratic;
  class CurvatureAt;
  std::shared_ptr<const Quadratic> quadratic_;
};

}  // namespace thalweg
