// A motion kept for reading: its steps with their slopes, and cubic Hermite interpolation between.
#pragma once
#include <thalweg/core/smooth_pieces.hpp>
#include <thalweg/core/stepper.hpp>
#include <thalweg/core/types.hpp>

#include <functional>
#include <vector>

namespace thalweg {

class DepthPath {
 public:
  DepthPath() = default;
  /// The solution of x' = f(x, z) from x(0) to x(end), by steps of `solver` with its tolerances
  /// multiplied by `factor`. A step ends where one of the pieces of f does; before f is asked for a
  /// piece, `enter` gets the middle of it. @throws SolveError when it cannot be solved.
  DepthPath(const AnySystem& system, In x0, double end, const SolverFactory& solver, double factor,
            SmoothPieces pieces, const std::function<void(double)>& enter);

  /// At 0 <= z <= end; error O(h^4) of the interpolation.
  void at(double z, Out x) const;
  [[nodiscard]] double end() const { return nodes_.empty() ? 0.0 : nodes_.back().z; }
  [[nodiscard]] const Vec& last() const { return nodes_.back().x; }

 private:
  struct Node {
    double z;
    Vec x, slope;
  };
  std::vector<Node> nodes_;  // two at a break, with the slope before and the one after
};

}  // namespace thalweg
