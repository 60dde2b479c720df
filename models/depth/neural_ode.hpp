// Networks of continuous depth as a potential: the loss of what the flow of a vector field makes of
// its inputs.
#pragma once
#include <thalweg/adjoint/differentiable_flow.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/data_part.hpp>
#include <thalweg/models/networks/loss_options.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

/// q = (theta of the field, R row by row, r).
class NeuralOde {
 public:
  std::string task = "auto", loss = "auto", readout = "auto";
  Index window = 10, augment = 0;
  double depth = 1.0;
  LossOptions factors{};
  DataPart data{.name = "cubic_spiral"};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the parts do not fit each other.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  double value_and_gradient(In q, Out g) const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const;
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  /// DepthNetwork's.
  [[nodiscard]] std::function<double(In)> with_steps_of(In at) const;
  [[nodiscard]] Index samples() const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Facts facts() const;
  [[nodiscard]] std::vector<Exhibit> exhibits(In q) const;

 private:
  class Network;
  [[nodiscard]] bool is_series() const;
  std::string field_name_ = "mlp", adjoint_name_ = "discrete";
  FieldRecipe field_{};
  FlowRecipe adjoint_{};
  std::shared_ptr<const Network> network_;
};

}  // namespace thalweg
