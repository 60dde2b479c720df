// The adjoint as a differential equation: on the forward solve's states, or with the state solved
// backwards too.
#pragma once
#include <thalweg/adjoint/continuous_flow.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

class ContinuousAdjoint {
 public:
  Index max_steps = 10000;

  static Doc doc();
  void fields(Fields& f);
  [[nodiscard]] std::unique_ptr<DifferentiableFlow> operator()(
      std::shared_ptr<const VectorField> field, Index samples, double start,
      std::vector<double> outputs) const;

 protected:
  bool backsolve_ = false;

 private:
  std::string solver_name_ = "dopri5";
  SolverFactory solver_{};
};

class BacksolveAdjoint : public ContinuousAdjoint {
 public:
  BacksolveAdjoint() { backsolve_ = true; }
  static Doc doc();
};

}  // namespace thalweg
