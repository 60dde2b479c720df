#include <thalweg/models/networks/initialisation.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void fill_uniform(Out x, double bound, Rng& rng) {
  for (Index i = 0; i < x.size(); ++i) x[i] = bound * (2.0 * rng.uniform() - 1.0);
}

void fill_normal(Out x, double deviation, Rng& rng) {
  for (Index i = 0; i < x.size(); ++i) x[i] = deviation * rng.normal();
}

}  // namespace

Mat random_orthogonal(Index rows, Index cols, Rng& rng) {
  if (rows < cols) return random_orthogonal(cols, rows, rng).transpose();
  Mat normal(rows, cols);
  fill_normal(normal.reshaped(), 1.0, rng);
  return orthonormal_columns(normal);
}

void Initialisation::fields(Fields& f) {
  f("name", name, "", "distribution family of the initial weights",
    one_of({"he", "xavier", "lecun", "orthogonal", "mean_field", "pytorch", "zero"}));
  f("distribution", distribution, "", "shape of he, xavier, lecun and mean_field",
    one_of({"normal", "uniform"}));
  f("gain", gain, "1", "factor of all weights", any_value());
  f("layer_gains", layer_gains, "1", "a further factor for each layer's weights; none when empty");
  f("sigma_w", sigma_w, "1", "mean_field: standard deviation of sqrt(fan_in) W", at_least(0.0));
  f("sigma_b", sigma_b, "1", "mean_field: standard deviation of b", at_least(0.0));
}

void Initialisation::check(std::size_t layers) const {
  if (!layer_gains.empty() && layer_gains.size() != layers)
    throw ModelError(fmt::format("init.layer_gains has {} entries but the network has {} layers",
                                 layer_gains.size(), layers));
}

void Initialisation::operator()(const std::vector<Index>& widths, bool bias, Rng& rng,
                                Out theta) const {
  const std::size_t layers = widths.size() - 1;
  // Deviation of both shapes; a uniform number in +-b has the deviation b/sqrt(3).
  const auto fill = [&](Out x, double deviation) {
    if (distribution == "normal")
      fill_normal(x, deviation, rng);
    else
      fill_uniform(x, std::sqrt(3.0) * deviation, rng);
  };
  theta.setZero();
  Index offset = 0;
  for (std::size_t l = 0; l < layers; ++l) {
    const Index in = widths[l], out = widths[l + 1];
    const double fan_in = static_cast<double>(in), fan_out = static_cast<double>(out);
    auto W = theta.segment(offset, in * out);
    offset += in * out;
    auto b = theta.segment(offset, bias ? out : 0);
    offset += b.size();
    if (name == "he") {
      fill(W, std::sqrt(2.0 / fan_in));
    } else if (name == "xavier") {
      fill(W, std::sqrt(2.0 / (fan_in + fan_out)));
    } else if (name == "lecun") {
      fill(W, std::sqrt(1.0 / fan_in));
    } else if (name == "orthogonal") {
      Eigen::Map<RowMajor>(W.data(), out, in) = random_orthogonal(out, in, rng);
    } else if (name == "mean_field") {
      fill(W, sigma_w / std::sqrt(fan_in));
      fill(b, sigma_b);
    } else if (name == "pytorch") {
      fill_uniform(W, 1.0 / std::sqrt(fan_in), rng);
      fill_uniform(b, 1.0 / std::sqrt(fan_in), rng);
    }
    W *= layer_gains.empty() ? gain : gain * layer_gains[l];
  }
}

}  // namespace thalweg
