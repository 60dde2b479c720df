#include <thalweg/models/depth/fields/depth_basis.hpp>

#include <algorithm>

namespace thalweg {

DepthBasis DepthBasis::b_splines(Index values, double depth) {
  std::vector<double> joints;
  for (Index k = 0; k <= values - 3; ++k)
    joints.push_back(depth * static_cast<double>(k) / static_cast<double>(values - 3));
  return {Kind::b_splines, std::move(joints)};
}

Index DepthBasis::size() const {
  return static_cast<Index>(knots_.size()) + (kind_ == Kind::b_splines ? 2 : 0);
}

std::vector<double> DepthBasis::breaks() const {
  auto all = knots_;
  if (kind_ == Kind::pieces || all.size() == 1)
    all.erase(all.begin());  // the first one holds before it
  return all;
}

// The interval between two knots that z is in and the place in it, in [0, 1].
std::pair<Index, double> DepthBasis::interval(double z) const {
  const auto above = std::upper_bound(knots_.begin(), knots_.end(), z) - knots_.begin();
  const Index k =
      std::clamp<Index>(static_cast<Index>(above) - 1, 0, static_cast<Index>(knots_.size()) - 2);
  const double left = knots_[static_cast<std::size_t>(k)],
               right = knots_[static_cast<std::size_t>(k + 1)];
  return {k, std::clamp((z - left) / (right - left), 0.0, 1.0)};
}

DepthBasis::Weights DepthBasis::at(double z) const {
  if (kind_ == Kind::pieces || knots_.size() == 1) {
    const auto above = std::upper_bound(knots_.begin(), knots_.end(), z) - knots_.begin();
    return {std::max<Index>(static_cast<Index>(above) - 1, 0), 1, {1.0}};
  }
  const auto [k, u] = interval(z);
  const double v = 1.0 - u;
  if (kind_ == Kind::lines) return {k, 2, {v, u}};
  if (kind_ == Kind::cubics) return cubic(k, u);
  return {k,
          4,
          {v * v * v / 6.0, (3.0 * u * u * u - 6.0 * u * u + 4.0) / 6.0,
           (3.0 * v * v * v - 6.0 * v * v + 4.0) / 6.0, u * u * u / 6.0}};
}

// Hermite's cubic between the knots k and k + 1.
DepthBasis::Weights DepthBasis::cubic(Index k, double u) const {
  const auto n = static_cast<Index>(knots_.size());
  const double v = 1.0 - u;
  if (n == 2) return {k, 2, {v, u}};
  const auto knot = [&](Index i) { return knots_[static_cast<std::size_t>(i)]; };
  Weights all{std::clamp<Index>(k - 1, 0, std::max<Index>(n - 4, 0)), std::min<Index>(n, 4), {}};
  const auto add = [&](Index i, double weight) {
    all.w[static_cast<std::size_t>(i - all.first)] += weight;
  };
  add(k, v * v * (1.0 + 2.0 * u));
  add(k + 1, u * u * (1.0 + 2.0 * v));
  // `factor` times the slope at knot i of the parabola through three knots, Lagrange's form.
  const auto add_slope = [&](Index i, double factor) {
    const Index first = std::clamp<Index>(i - 1, 0, n - 3);
    for (Index j = first; j < first + 3; ++j) {
      double slope = 0.0, below = 1.0;
      for (Index m = first; m < first + 3; ++m) {
        if (m == j) continue;
        below *= knot(j) - knot(m);
        slope += knot(i) - knot(m);
      }
      add(j, factor * slope / below);
    }
  };
  const double h = knot(k + 1) - knot(k);
  add_slope(k, h * u * v * v);
  add_slope(k + 1, -h * u * u * v);
  return all;
}

}  // namespace thalweg
