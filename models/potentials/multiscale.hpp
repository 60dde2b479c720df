// A smooth valley with a fine structure that a large step does not see: L = sum_i q_i^2/2 + eps c
// sin(q_i/eps).
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <cmath>

namespace thalweg {

struct Multiscale {
  Index size = 1;
  double scale = 1e-3, amplitude = 1.0;

  static Doc doc() {
    return {.summary = "a valley with a fine structure, where descent of large steps is chaotic",
            .equation = "L = sum_i q_i^2/2 + eps c sin(q_i/eps)",
            .source =
                "Kong and Tao, Stochasticity of deterministic gradient descent: large "
                "learning rate for multiscale objective function, 2020",
            .notes =
                "descent with eta >> eps: exponent ln(eta c/(2 eps)), stationary variance "
                "eta c^2/(2 (2 - eta))"};
  }
  void fields(Fields& f) {
    f("size", size, "1", "number of parameters, all alike", at_least(1));
    f("scale", scale, "1", "eps, the period of the fine structure over 2 pi", positive());
    f("amplitude", amplitude, "1", "c, the slope of the fine structure");
  }
  [[nodiscard]] Index dim() const { return size; }
  [[nodiscard]] double value(In q) const {
    return 0.5 * q.squaredNorm() + scale * amplitude * (q.array() / scale).sin().sum();
  }
  void gradient(In q, Out g) const { g = q.array() + amplitude * (q.array() / scale).cos(); }
  void hvp(In q, In v, Out Hv) const {
    Hv = v.array() * (1.0 - amplitude / scale * (q.array() / scale).sin());
  }
  [[nodiscard]] Vec initial_state(Rng& rng) const {
    Vec q(size);
    rng.fill_normal(q);
    return q;
  }
};

}  // namespace thalweg
