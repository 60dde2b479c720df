// Logistic regression (two classes) and softmax regression (more), f(x) = W x + b.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>
#include <thalweg/models/networks/loss_options.hpp>

#include <memory>
#include <span>

namespace thalweg {

class NetworkLoss;

/// Convex. Parameters: W1 (C, d) row by row, then b1 (C), with C = 1 for two classes.
class LogisticRegression {
 public:
  bool bias = true;
  LossOptions factors{};
  DataPart data{.name = "digits"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the data have no classes.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const;
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  void third(In q, In u, In v, Out Tuv) const;
  void third_block(In q, In u, MatIn V, MatOut TuV) const;
  [[nodiscard]] Index samples() const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  [[nodiscard]] Layout layout() const;
  /// Zero, as every start leads to the same minimum.
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(dim()); }
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Symmetries symmetries() const;
  [[nodiscard]] std::optional<JointShape> joint_shape() const;
  [[nodiscard]] Facts facts() const;
  [[nodiscard]] std::vector<Exhibit> exhibits(In q) const;

 private:
  std::shared_ptr<const NetworkLoss> network_;
};

}  // namespace thalweg
