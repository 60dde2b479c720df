// The solver for those who do not want to choose: dopri5 while accuracy limits the step; while
// stability does, rkc2 or an implicit method, whichever measures cheaper.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/stabilised/rkc2.hpp>

namespace thalweg {

struct Automatic : Rkc2 {
  std::unique_ptr<Stepper> operator()(const AnySystem& system, double tolerance_factor) const;
};

}  // namespace thalweg
