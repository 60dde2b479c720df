// L(x) = sum_{i=1}^{n-1} (a - x_i)^2 + b (x_{i+1} - x_i^2)^2: a curved valley (Rosenbrock, "An
// automatic method for finding the greatest or least value of a function", 1960), stiff for large
// b.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <optional>

namespace thalweg {

struct Rosenbrock {
  Index n = 2;
  double a = 1.0, b = 100.0;

  static Doc doc();
  void fields(Fields& f) {
    f("dim", n, "1", "number of parameters", at_least(2));
    f("a", a, "1", "position of the minimum along the valley");
    f("b", b, "1", "steepness of the walls", positive());
  }
  [[nodiscard]] Index dim() const { return n; }
  [[nodiscard]] double value(In x) const;
  void gradient(In x, Out g) const;
  void hvp(In x, In v, Out Hv) const;
  void third(In x, In u, In v, Out Tuv) const;
  /// The customary start (-1.2, 1, -1.2, 1, ...).
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  /// 0 where all terms vanish together: at (a, a^2) for n = 2, at ones or zeros for a = 1 or 0.
  [[nodiscard]] std::optional<double> minimum_value() const;
};

}  // namespace thalweg
