// L(q) = ln(1 + exp(-a q)): logistic regression on one example. The minimum is at infinity; the
// gradient flow is known through Lambert's W.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct LogisticExample {
  double a = 1.0;

  static Doc doc();
  void fields(Fields& f) { f("a", a, "1", "input times label of the example"); }
  [[nodiscard]] Index dim() const { return 1; }
  [[nodiscard]] double value(In q) const;
  void gradient(In q, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  void third(In q, In u, In v, Out Tuv) const;
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(1); }
  /// With u = a q: u' = a^2 / (1 + e^u), so u + e^u = a^2 t + u0 + e^u0 = c and u = c - W_0(e^c).
  bool exact_flow(In q0, double t, Out q) const;
};

/// The root u of u + e^u = c, that is c - W_0(e^c), without overflow for any c.
[[nodiscard]] double lambert_logistic(double c);

}  // namespace thalweg
