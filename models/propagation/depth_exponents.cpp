#include <thalweg/models/propagation/depth_exponents.hpp>

#include <boost/math/special_functions/digamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <thalweg/models/propagation/activation_function.hpp>

namespace thalweg {

namespace {

using mlp_kernel::Activation;

// The squared slopes as a discrete law: midpoints, exponentially exact for smooth activations.
struct SquaredSlopes {
  SquaredSlopes(Activation activation, double q) {
    if (activation == Activation::identity || activation == Activation::relu) {
      square = Vec::Ones(1);
      weight = Vec::Constant(1, activation == Activation::relu ? 0.5 : 1.0);
      return;
    }
    constexpr Index n = 800;
    constexpr double step = 0.02;
    const ActivationFunction phi{activation};
    square.resize(n);
    weight.resize(n);
    for (Index i = 0; i < n; ++i) {
      const double z = (static_cast<double>(i) + 0.5) * step - 8.0;
      weight[i] = step * std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
      square[i] = std::pow(phi.first(std::sqrt(q) * z), 2);
    }
    weight /= weight.sum();
  }

  // ln v with x = E v d^2 / (1 + v d^2), which rises with v; infinite when no v is large enough.
  [[nodiscard]] double log_v(double x) const {
    const auto share = [&](double log_v) {
      return (weight.array() * square.array() / (std::exp(-log_v) + square.array())).sum();
    };
    double low = -700.0, high = 700.0;
    if (!(share(high) > x)) return std::numeric_limits<double>::infinity();
    while (high - low > 1e-12) {
      const double middle = 0.5 * (low + high);
      if (middle == low || middle == high) break;
      (share(middle) > x ? high : low) = middle;
    }
    return 0.5 * (low + high);
  }

  Vec square, weight;
};

}  // namespace

Vec depth_exponents(Activation activation, double sigma_w, double q, Index width, bool orthogonal) {
  const SquaredSlopes slopes(activation, q);
  const auto N = static_cast<double>(width);
  Vec exponents(width);
  for (Index k = 1; k <= width; ++k) {
    const double x = (static_cast<double>(k) - 0.5) / N;
    const double weights =
        orthogonal
            ? 0.0
            : std::log(2.0 / N) + boost::math::digamma(0.5 * (N - static_cast<double>(k) + 1.0));
    exponents[k - 1] =
        std::log(sigma_w) + 0.5 * (weights - (slopes.log_v(x) + std::log1p(-x) - std::log(x)));
  }
  return exponents;
}

}  // namespace thalweg
