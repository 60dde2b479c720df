// Limited-memory BFGS: a minimiser that needs gradients alone.
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>

namespace thalweg {

/// f(q), with its gradient written to g.
using ValueAndGradient = std::function<double(In q, Out g)>;

/// The two-loop recursion over the last `memory` pairs s = q' - q, y = g' - g, and a line search
/// for the weak Wolfe conditions by bracketing (Nocedal and Wright, Numerical Optimization, 2006,
/// ch. 7; Lewis and Overton, Nonsmooth optimization via quasi-Newton methods, 2013). Where rounding
/// hides the decrease, Hager and Zhang's approximate condition on slopes takes its place.
struct Lbfgs {
  Vec q, g;
  double value = 0.0;
  Mat s, y;            ///< a pair per column, the latest at (pairs - 1) mod memory
  Index pairs = 0;     ///< made so far, 0 after a restart
  bool stuck = false;  ///< no step along the steepest descent lowers f any more

  Lbfgs(Index dim, Index memory);
  /// Evaluates f at q.
  void start(In at, const ValueAndGradient& f);
  /// One step; leaves q alone when no point is accepted, and then forgets the pairs or is stuck.
  void step(const ValueAndGradient& f);
  /// Steps until max |g| <= tolerance, `stuck` or `most` steps. @returns the steps made.
  Index minimise(const ValueAndGradient& f, double tolerance, Index most);
  [[nodiscard]] double gradient_size() const { return g.lpNorm<Eigen::Infinity>(); }

 private:
  void direction();
  Vec p_, q_new_, g_new_, weight_;
};

}  // namespace thalweg
