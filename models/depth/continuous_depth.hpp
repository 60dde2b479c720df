// Signals and gradients in continuous depth: the forward motion, a tangent and the adjoint of one
// input through several fields side by side, with the bounds of the symmetric part of f_a.
#pragma once
#include <thalweg/core/depth_limit.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/stepper.hpp>
#include <thalweg/core/types.hpp>
#include <thalweg/core/vector_field.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

/// A system whose time is depth z. Of every field the state has the signal a, a tangent v' = f_a v,
/// and the integrals of the extreme eigenvalues of sym f_a and of tr f_a.
class ContinuousDepth {
 public:
  /// [[model.layers]]
  struct Layers {
    std::string label = "field", field_name = "linear";
    FieldRecipe recipe{};

    void fields(Fields& f);
  };
  Index width = 2, seed = 0;
  double depth = 10.0;
  std::vector<double> input{1.0, 0.0}, covector{};
  std::string path_solver_name = "dopri5";
  SolverFactory path_solver{};
  std::vector<Layers> layers{};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when lists do not fit the width, or a field cannot have it.
  void prepare();

  [[nodiscard]] Index dim() const;
  void rhs(In x, Out dxdt, double z) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] std::vector<double> breaks() const;  ///< of all layers
  [[nodiscard]] DepthLimit depth_limit() const { return {"depth", depth}; }

 private:
  class Stack;  // the layers as made, with workspaces and the adjoints once somebody asks
  std::shared_ptr<Stack> stack_;
};

}  // namespace thalweg
