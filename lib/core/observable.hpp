// A number or array that a model can compute from its state: accuracy, test loss, an angle.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/core/variable.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

struct Observable {
  Variable variable;
  /// out has variable.size() entries, row-major over the axes.
  std::function<void(In x, double t, Out out)> compute;
};

using Observables = std::vector<Observable>;

/// Short facts by name ("data", "loss"): root attributes of the output file, shown in the report.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// Data worth seeing beside a run, taken once at its final state: sample images with their labels
/// and predictions. Goes to /exhibits of the output file, and from there into the report.
struct Exhibit {
  Variable variable;
  std::vector<double> values;
};

}  // namespace thalweg
