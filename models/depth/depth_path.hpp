// A motion kept for reading: its steps with their slopes, and cubic Hermite interpolation between.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/core/types.hpp>

#include <vector>

namespace thalweg {

class DepthPath {
 public:
  DepthPath() = default;
  /// The solution of x' = f(x, z) from x(0) to x(end), by steps of `solver` with its tolerances
  /// multiplied by `factor`. @throws SolveError when it cannot be solved.
  DepthPath(const AnySystem& system, In x0, double end, const SolverFactory& solver, double factor);

  /// At 0 <= z <= end; error O(h^4) of the interpolation.
  void at(double z, Out x) const;
  [[nodiscard]] double end() const { return nodes_.empty() ? 0.0 : nodes_.back().z; }
  [[nodiscard]] const Vec& last() const { return nodes_.back().x; }

 private:
  struct Node {
    double z;
    Vec x, slope;
  };
  std::vector<Node> nodes_;
};

}  // namespace thalweg
