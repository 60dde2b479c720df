// What theory says of gradients at a random start and of the first step of descent.
#include <support/catch.hpp>

#include <cmath>
#include <numbers>
#include <thalweg/core/reduce.hpp>
#include <thalweg/models/datasets/generated.hpp>
#include <thalweg/models/networks/mlp.hpp>

using namespace thalweg;

namespace {

Mlp network(std::vector<Index> hidden) {
  Mlp mlp;
  mlp.hidden = std::move(hidden);
  mlp.activation = "tanh";
  mlp.loss = "mse";
  mlp.data.data = std::make_shared<const Dataset>(Dataset(Chebyshev{.samples = 4}));
  return mlp;
}

// E f(z) of a standard normal z, by the trapezoidal rule, which is exact here to rounding.
template <class F>
double mean_over_normal(const F& f) {
  double sum = 0.0;
  constexpr double h = 0.01;
  for (int i = -1200; i <= 1200; ++i) {
    const double z = h * i;
    sum += f(z) * std::exp(-0.5 * z * z);
  }
  return sum * h / std::sqrt(2.0 * std::numbers::pi);
}

// Slope of the least-squares line through (x_i, y_i).
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mx = 0.0, my = 0.0, xy = 0.0, xx = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mx += x[i] / n;
    my += y[i] / n;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) * (x[i] - mx);
  }
  return xy / xx;
}

}  // namespace

TEST_CASE("one step of descent lowers the loss by its first terms in eta", "[theory]") {
  auto mlp = network({12, 12});
  mlp.prepare();
  Rng rng(1, "test");
  const Vec q = mlp.initial_state(rng);
  Vec g(q.size()), Hg(q.size());
  const double L = mlp.value_and_gradient(q, g);
  mlp.hvp(q, g, Hg);
  std::vector<double> ln_eta, ln_third, ln_second;
  for (double eta = 0.02; eta > 0.002; eta *= 0.5) {
    const double change = mlp.value(q - eta * g) - L;
    const double first = -eta * dot(g, g), second = 0.5 * eta * eta * dot(g, Hg);
    ln_eta.push_back(std::log(eta));
    ln_third.push_back(std::log(std::abs(change - first - second)));
    ln_second.push_back(std::log(std::abs(change - first)));
  }
  CHECK(slope(ln_eta, ln_third) == Approx(3.0).epsilon(0.0).margin(0.1));
  CHECK(slope(ln_eta, ln_second) == Approx(2.0).epsilon(0.0).margin(0.1));
}

// Schoenholz et al., Deep information propagation, ICLR 2017: at a random start the gradient grows
// by sqrt(chi), chi = sigma_w^2 E tanh'(sqrt(q) z)^2, from one layer to the one below, with q the
// fixed point of q = sigma_w^2 E tanh(sqrt(q) z)^2 + sigma_b^2.
TEST_CASE("layers of a random deep network learn at speeds in geometric progression", "[theory]") {
  const double sigma_w = 0.9, sigma_b = 0.3;
  double q = 1.0;
  for (int i = 0; i < 200; ++i)
    q = sigma_w * sigma_w *
            mean_over_normal([&](double z) { return std::pow(std::tanh(std::sqrt(q) * z), 2); }) +
        sigma_b * sigma_b;
  const double chi = sigma_w * sigma_w * mean_over_normal([&](double z) {
                       return std::pow(std::cosh(std::sqrt(q) * z), -4);
                     });

  auto mlp = network(std::vector<Index>(20, 500));
  mlp.init.name = "mean_field";
  mlp.init.sigma_w = sigma_w;
  mlp.init.sigma_b = sigma_b;
  mlp.prepare();
  std::vector<double> layer, ln_speed;
  Vec g(mlp.dim());
  constexpr int seeds = 10;
  for (int seed = 0; seed < seeds; ++seed) {
    Rng rng(static_cast<std::uint64_t>(seed), "test");
    mlp.value_and_gradient(mlp.initial_state(rng), g);
    int l = 0;
    for (const auto& block : mlp.layout()) {
      if (block.shape.size() < 2) continue;
      ++l;
      // The first layers are on their way to the fixed point; the last one has another width.
      if (l < 6 || l > 20) continue;
      layer.push_back(l);
      ln_speed.push_back(std::log(norm(g.segment(block.offset, block.size()))));
    }
  }
  CHECK(slope(layer, ln_speed) == Approx(-0.5 * std::log(chi)).epsilon(0.05));
}
