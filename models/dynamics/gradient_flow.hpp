// q' = -grad L(q): learning in continuous time. dL/dt = -|grad L|^2.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/model.hpp>

namespace thalweg {

struct GradientFlow {
  static Doc doc();
  Motion operator()(const AnyPotential& potential) const;
};

}  // namespace thalweg
