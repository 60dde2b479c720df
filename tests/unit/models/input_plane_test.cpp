// A network over the plane of its inputs: exponents in depth against the Jacobian by differences.
#include "support/catch.hpp"

#include <cmath>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/catalogue.hpp>

using namespace thalweg;

TEST_CASE("finite-time exponents in depth over the plane of the inputs", "[networks]") {
  const auto config = Config::from_text(
      "hidden = [7, 5]\nloss = \"logistic\"\n[data]\nname = \"two_moons\"\nsamples = "
      "30\n[init]\nsigma_b = 0.3\nname = "
      "\"mean_field\"\n",
      "test");
  ConfigReader reader(config);
  const auto net = *models().at("mlp").make(reader).potential();
  Rng rng(3, "start");
  const Vec q = *net.initial_state(rng);
  Vec exponent, decision;
  std::vector<double> y, x;
  for (const auto& o : net.observables()) {
    Vec out(o.variable.size());
    if (o.variable.name == "input_exponent" || o.variable.name == "decision")
      o.compute(q, 0.0, out);
    if (o.variable.name == "input_exponent") {
      exponent = out;
      y = o.variable.axes[0].values;
      x = o.variable.axes[1].values;
    }
    if (o.variable.name == "decision") decision = out;
  }
  const auto n = static_cast<Index>(x.size());
  REQUIRE(exponent.size() == n * static_cast<Index>(y.size()));
  // One output f: J is its gradient, and `decision` is f. Differences of fourth order over the
  // grid's spacing of 0.06 are good to 1e-4 of slopes of this size.
  double worst = 0.0;
  for (Index i = 2; i + 2 < static_cast<Index>(y.size()); ++i)
    for (Index j = 2; j + 2 < n; ++j) {
      const auto slope = [&](Index step, double h) {
        const double* f = &decision[i * n + j];
        return (8.0 * (f[step] - f[-step]) - (f[2 * step] - f[-2 * step])) / (12.0 * h);
      };
      const double length = std::hypot(slope(1, x[1] - x[0]), slope(n, y[1] - y[0]));
      worst = std::max(worst, std::abs(std::log(length) / 3.0 - exponent[i * n + j]));
    }
  CHECK(worst < 1e-3);
}
