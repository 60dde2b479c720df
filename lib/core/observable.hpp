// A number or array that a model can compute from its state: accuracy, test loss, an angle.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/core/variable.hpp>

#include <functional>
#include <vector>

namespace thalweg {

struct Observable {
  Variable variable;
  /// out has variable.size() entries, row-major over the axes.
  std::function<void(In x, double t, Out out)> compute;
};

using Observables = std::vector<Observable>;

}  // namespace thalweg
