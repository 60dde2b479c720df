// The exact adjoint of the solver's own steps, with all states kept or within a budget.
#pragma once
#include <thalweg/adjoint/discrete_flow.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

class DiscreteAdjoint {
 public:
  std::string method = "dopri5";
  double rtol = 1e-7, atol = 1e-9;
  Index steps = 0, max_steps = 10000;

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::unique_ptr<DifferentiableFlow> operator()(
      std::shared_ptr<const VectorField> field, Index samples, double start,
      std::vector<double> outputs) const;

 protected:
  [[nodiscard]] DiscreteFlowOptions options() const;
};

class CheckpointedAdjoint : public DiscreteAdjoint {
 public:
  Index budget = 65536;

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::unique_ptr<DifferentiableFlow> operator()(
      std::shared_ptr<const VectorField> field, Index samples, double start,
      std::vector<double> outputs) const;
};

}  // namespace thalweg
