// x_i' = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F on a ring of sites.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

struct Lorenz96 {
  Index sites = 40;
  double forcing = 8.0;

  static Doc doc() {
    return {.summary = "Lorenz's ring of atmospheric sites, chaotic in many directions",
            .equation = "x_i' = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F",
            .source = "Lorenz, Predictability: a problem partly solved, 1996",
            .notes =
                "40 sites at F = 8 have 13 positive exponents; volumes shrink at the rate "
                "-sites"};
  }
  void fields(Fields& f) {
    f("sites", sites, "1", "number of sites on the ring", at_least(4));
    f("forcing", forcing, "1", "F");
  }
  [[nodiscard]] Index dim() const { return sites; }
  void rhs(In x, Out dxdt, double) const {
    for (Index i = 0; i < sites; ++i)
      dxdt[i] = (x[next(i)] - x[before(i, 2)]) * x[before(i, 1)] - x[i] + forcing;
  }
  void jvp(In x, In v, Out Jv, double) const {
    for (Index i = 0; i < sites; ++i)
      Jv[i] = (v[next(i)] - v[before(i, 2)]) * x[before(i, 1)] +
              (x[next(i)] - x[before(i, 2)]) * v[before(i, 1)] - v[i];
  }
  /// The rest state x = F with a small push of one site.
  [[nodiscard]] Vec initial_state(Rng&) const {
    Vec x = Vec::Constant(sites, forcing);
    x[0] += 0.01;
    return x;
  }

 private:
  [[nodiscard]] Index next(Index i) const { return i + 1 == sites ? 0 : i + 1; }
  [[nodiscard]] Index before(Index i, Index k) const { return i >= k ? i - k : i - k + sites; }
};

}  // namespace thalweg
