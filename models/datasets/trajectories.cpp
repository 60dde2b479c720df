#include <thalweg/models/datasets/trajectories.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/rng.hpp>

namespace thalweg {

Doc CubicSpiral::doc() {
  return {
      .summary = "a spiral that turns faster far out, seen at even times: a time series",
      .equation =
          "x' = A x^3 entry by entry, A = ((-decay, turn), (-turn, -decay)), "
          "x(0) = (start, 0), t in [0, duration]",
      .source =
          "the spiral demo of torchdiffeq: R. Chen, Y. Rubanova, J. Bettencourt and D. "
          "Duvenaud, Neural ordinary differential equations, NeurIPS 2018",
      .notes = "Integrated by rk4 in small steps, to about 1e-11. A series has no held-out part."};
}

void CubicSpiral::fields(Fields& f) {
  f("samples", samples, "1", "number of times, the first is 0", at_least(2));
  f("duration", duration, "time", "the last time", positive());
  f("decay", decay, "1/time", "diagonal of -A", at_least(0.0));
  f("turn", turn, "1/time", "off the diagonal of A");
  f("start", start, "1", "first entry of x(0); the second is 0");
  f("noise", noise, "1", "standard deviation of the noise on the states", at_least(0.0));
  f("seed", seed, "1", "seed of the noise", at_least(0));
}

CubicSpiral::operator Dataset() const {
  using State = Eigen::Vector2d;
  Eigen::Matrix2d A;
  A << -decay, turn, -turn, -decay;
  const auto f = [&](const State& x) -> State { return A * x.array().cube().matrix(); };

  Dataset data{.name = "cubic_spiral", .X = Samples(samples, 1), .Y = Samples(samples, 2)};
  data.series = true;
  data.description =
      fmt::format("cubic spiral, {} times in [0, {}], noise {}", samples, duration, noise);
  const double spacing = duration / static_cast<double>(samples - 1);
  // The fastest rate is that of the start, 3 |A| start^2; there rk4 errs by (h rate)^5/120 a step.
  const double rate = 3.0 * std::hypot(decay, turn) * start * start;
  const auto substeps = static_cast<Index>(std::ceil(std::max(1.0, spacing * rate / 1e-3)));
  const double h = spacing / static_cast<double>(substeps);
  State x(start, 0.0);
  for (Index i = 0; i < samples; ++i) {
    data.X(i, 0) = duration * static_cast<double>(i) / static_cast<double>(samples - 1);
    data.Y.row(i) = x.transpose();
    for (Index s = 0; s < substeps; ++s) {
      const State k1 = f(x), k2 = f(x + 0.5 * h * k1), k3 = f(x + 0.5 * h * k2), k4 = f(x + h * k3);
      x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4);
    }
  }
  Rng rng(static_cast<std::uint64_t>(seed), "cubic_spiral");
  if (noise > 0.0)
    for (Index i = 0; i < data.Y.size(); ++i) data.Y.data()[i] += noise * rng.normal();
  return data;
}

}  // namespace thalweg
