// The multilayer perceptron as a potential: z^l = W^l a^(l-1) + b^l, a^l = phi(z^l), f = z^L.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/networks/mlp_options.hpp>

#include <memory>
#include <span>
#include <vector>

namespace thalweg {

/// Parameters: W1 (out, in) row by row, b1, W2, ... Widths of input and output come from the data.
class Mlp : public MlpOptions {
 public:
  static Doc doc();
  /// @throws ModelError when the loss or a list does not fit the data and the layers.
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
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Symmetries symmetries() const;
  [[nodiscard]] std::optional<JointShape> joint_shape() const;
  [[nodiscard]] Facts facts() const;
  [[nodiscard]] std::vector<Exhibit> exhibits(In q) const;
  /// The network's loss itself, for outputs and data.
  [[nodiscard]] const NetworkLoss& network() const { return *network_; }

 private:
  std::shared_ptr<const NetworkLoss> network_;
};

}  // namespace thalweg
