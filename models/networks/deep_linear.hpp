// Deep linear network, f = W^L ... W^1 x without biases: the loss depends on the product P alone,
//
//   L = scale ( <P - P*, (P - P*) Sxx> / 2 + Lmin ),   P* Sxx = Syx,
//
// with Sxx = mean(x x^T), Syx = mean(y x^T) of the data, or Sxx = 1 ("white" inputs) and a target
// Syx of given singular values. Gradient flow conserves W^(l+1)^T W^(l+1) - W^l W^l^T.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>
#include <thalweg/models/networks/initialisation.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

class DeepLinear {
 public:
  std::vector<Index> hidden{3};
  std::string inputs = "white", start = "aligned";
  std::vector<double> singular_values{3.0, 2.0, 1.0};
  Index target_seed = 0;
  double strength = 1e-3, scale = 1.0;
  Initialisation init{.name = "orthogonal"};
  DataPart data{.name = "digits"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the start does not fit the widths.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  void third(In q, In u, In v, Out Tuv) const;
  /// White inputs have no samples and no empirical Fisher matrix.
  [[nodiscard]] bool has_curvature(CurvatureKind kind) const;
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  /// 0 for white inputs.
  [[nodiscard]] Index samples() const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  /// Known for two layers, white inputs and a start aligned with the target's singular vectors.
  bool exact_flow(In q0, double t, Out q) const;
  /// The best P of the rank that the narrowest layer allows (Baldi and Hornik 1989).
  [[nodiscard]] std::optional<double> minimum_value() const;
  [[nodiscard]] Observables observables() const;
  /// Balance and rotations of the units of every hidden layer.
  [[nodiscard]] Symmetries symmetries() const;

 private:
  struct Task;
  class CurvatureAt;
  std::shared_ptr<const Task> task_;
};

}  // namespace thalweg
