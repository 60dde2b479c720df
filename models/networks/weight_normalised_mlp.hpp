// The multilayer perceptron with normalised weights, W_i = g_i v_i / |v_i| in every layer: the loss
// is the same for any length of v_i, a symmetry of scale.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/networks/mlp_options.hpp>

#include <memory>
#include <span>
#include <vector>

namespace thalweg {

/// Parameters: V1 (out, in) row by row, g1, b1, V2, ... The start is that of `mlp`: V = W, g = |W|.
class WeightNormalisedMlp : public MlpOptions {
 public:
  static Doc doc();
  /// @throws ModelError when the loss or a list does not fit the data and the layers.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const {
    return curvature(q, CurvatureKind::hessian);
  }
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  [[nodiscard]] Index samples() const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  [[nodiscard]] Layout layout() const;
  /// @throws ModelError when the init makes a row zero, which has no direction.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Symmetries symmetries() const;
  [[nodiscard]] Facts facts() const;
  [[nodiscard]] std::vector<Exhibit> exhibits(In q) const;

 private:
  struct Parts;
  class CurvatureAt;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace thalweg
