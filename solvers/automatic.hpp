// The solver for those who do not want to choose: dopri5 while accuracy limits the step, rkc2 while
// stability does.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/stabilised/rkc2.hpp>

namespace thalweg {

struct Automatic : Rkc2 {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

}  // namespace thalweg
