#include <thalweg/models/propagation/mean_field.hpp>

#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <thalweg/numerics/gaussian_expectation.hpp>

namespace thalweg {

namespace {

using mlp_kernel::Activation;
constexpr double pi = std::numbers::pi;
/// Of what measured numbers with errors of a per cent are compared with.
constexpr double statistical_tolerance = 1e-8;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// f changes sign between low and high.
template <class F>
double root(F f, double low, double high) {
  std::uintmax_t evaluations = 200;
  const auto ends = boost::math::tools::toms748_solve(
      f, low, high, boost::math::tools::eps_tolerance<double>(50), evaluations);
  return 0.5 * (ends.first + ends.second);
}

// The angle between two inputs, exact also for a small gap.
double angle(double gap) { return 2.0 * std::asin(std::sqrt(std::min(1.0, 0.5 * gap))); }

// sin t - t cos t without the cancellation at small t.
double sine_minus(double t) {
  if (t > 0.5) return std::sin(t) - t * std::cos(t);
  const double s = t * t;
  return t * s * (1.0 / 3 - s * (1.0 / 30 - s * (1.0 / 840 - s * (1.0 / 45360 - s / 3991680))));
}

// Of relu: 1 - c' = gap - (sin t - t cos t) / pi, the arc-cosine kernel of degree 1 (Cho, Saul,
// NeurIPS 2009).
double relu_gap(double gap) { return gap - sine_minus(angle(gap)) / pi; }

// E f(u_1, u_2). In z_1 + z_2 and z_1 - z_2 the difference of two nearly equal inputs keeps its
// digits.
template <class F>
double pair_expectation(double q1, double q2, double gap, F f, double tolerance = 1e-12) {
  const double r1 = std::sqrt(q1), r2 = std::sqrt(q2);
  const double along = std::sqrt(1.0 - 0.5 * gap), across = std::sqrt(0.5 * gap);
  return gaussian_expectation(std::function<double(double, double)>([&](double z1, double z2) {
                                return f(r1 * (along * z1 + across * z2),
                                         r2 * (along * z1 - across * z2));
                              }),
                              tolerance)
      .value;
}

template <class F>
double expectation(double q, F f) {
  const double r = std::sqrt(q);
  return gaussian_expectation(std::function<double(double)>([&](double z) { return f(r * z); }))
      .value;
}

}  // namespace

double MeanField::length(double q) const {
  if (phi_.kind == Activation::identity) return weight_ * q + bias_;
  if (phi_.kind == Activation::relu) return 0.5 * weight_ * q + bias_;
  return weight_ * expectation(q, [&](double u) { return phi_.value(u) * phi_.value(u); }) + bias_;
}

double MeanField::length_slope(double q) const {
  if (phi_.kind == Activation::relu || phi_.kind == Activation::identity) return chi(q);
  return weight_ * expectation(q, [&](double u) {
           return phi_.first(u) * phi_.first(u) + phi_.value(u) * phi_.second(u);
         });
}

double MeanField::slope_moment(double q, int k) const {
  if (phi_.kind == Activation::identity) return 1.0;
  if (phi_.kind == Activation::relu) return 0.5;
  if (std::isinf(q))  // gelu and softplus are relu from afar; the others have no infinite length
    return 0.5;
  return expectation(q, [&](double u) { return std::pow(phi_.first(u), 2 * k); });
}

double MeanField::chi(double q) const { return weight_ * slope_moment(q, 1); }

double MeanField::next_gap(double q, double gap) const {
  const double next = length(q);
  if (next == 0.0) return gap;  // below the smallest number phi is linear, if there is no bias
  const double scale = weight_ / next;
  if (phi_.kind == Activation::identity) return scale * q * gap;
  if (phi_.kind == Activation::relu) return 0.5 * scale * q * relu_gap(gap);
  // The difference of outputs would lose its digits: expanded at gap = 0 to (q gap)^2.
  if (q * gap < 1e-6) {
    const double curved = expectation(q, [&](double u) { return std::pow(phi_.second(u), 2); });
    return scale * q * gap * (slope_moment(q, 1) - 0.5 * q * gap * curved);
  }
  return 0.5 * scale * pair_expectation(q, q, gap, [&](double a, double b) {
           const double d = phi_.value(a) - phi_.value(b);
           return d * d;
         });
}

double MeanField::correlation_slope(double q, double gap) const {
  if (phi_.kind == Activation::identity) return weight_;
  if (phi_.kind == Activation::relu) return weight_ * (pi - angle(gap)) / (2.0 * pi);
  return weight_ * pair_expectation(q, q, gap, [&](double a, double b) {
           return phi_.first(a) * phi_.first(b);
         });
}

double MeanField::fixed_point(double q0) const {
  constexpr double smallest = 1e-8, largest = 1e8;
  const auto excess = [&](double q) { return length(q) - q; };
  double q = q0;
  for (int i = 0; i < 20; ++i) {
    const double next = length(q);
    if (std::abs(next - q) <= 1e-14 * q) return next;
    q = next;
    if (q > largest) return infinity;
  }
  double other = q;
  if (excess(q) > 0.0) {
    while (excess(other) > 0.0)
      if ((other *= 2.0) > largest) return infinity;
  } else {
    while (excess(other) <= 0.0)
      if ((other *= 0.5) < smallest) return length(0.0) == 0.0 ? 0.0 : root(excess, 0.0, q);
  }
  return root(excess, std::min(q, other), std::max(q, other));
}

double MeanField::fixed_gap(double q) const {
  if (q == 0.0 || std::isinf(q)) return 0.0;
  constexpr double smallest = 1e-12;
  const auto excess = [&](double gap) { return next_gap(q, gap) - gap; };
  if (chi(q) <= 1.0 || excess(smallest) <= 0.0) return 0.0;
  if (excess(1.0) >= 0.0) return 1.0;  // odd phi without bias: inputs become uncorrelated
  return root(excess, smallest, 1.0);
}

MeanField::Moments MeanField::moments(double q) const {
  if (phi_.kind == Activation::identity) return {q, 3.0 * q * q, 3.0 * q * q};
  if (phi_.kind == Activation::relu) return {0.5 * q, 1.5 * q * q, 1.5 * q * q};
  const auto mean = [&](auto f) { return expectation(q, f); };
  return {mean([&](double u) { return std::pow(phi_.value(u), 2); }),
          mean([&](double u) { return std::pow(phi_.value(u), 4); }),
          mean([&](double u) { return std::pow(u * phi_.value(u), 2); })};
}

MeanField::Moments MeanField::pair_moments(double q1, double q2, double gap) const {
  const double size = std::sqrt(q1 * q2), c = 1.0 - gap;
  if (phi_.kind == Activation::identity) {
    const double square = size * size * (1.0 + 2.0 * c * c);
    return {size * c, square, square};
  }
  if (phi_.kind == Activation::relu) {
    const double t = angle(gap);
    const double square =
        size * size * (3.0 * std::sin(t) * c + (pi - t) * (1.0 + 2.0 * c * c)) / (2.0 * pi);
    return {0.5 * size * (1.0 - relu_gap(gap)), square, square};
  }
  const auto mean = [&](auto f) { return pair_expectation(q1, q2, gap, f, statistical_tolerance); };
  const auto product = [&](double a, double b) { return phi_.value(a) * phi_.value(b); };
  return {mean(product), mean([&](double a, double b) { return std::pow(product(a, b), 2); }),
          mean([&](double a, double b) { return a * b * product(a, b); })};
}

MeanField::PairSlopes MeanField::pair_slopes(double q, double gap) const {
  const auto mean = [&](auto f) { return pair_expectation(q, q, gap, f, statistical_tolerance); };
  return {mean([&](double a, double b) { return phi_.first(a) * phi_.first(b); }),
          0.5 * mean([&](double a, double b) { return phi_.second(a) * phi_.value(b); })};
}

bool MeanField::is_homogeneous() const {
  return phi_.kind == Activation::relu || phi_.kind == Activation::identity;
}

double depth_scale(double slope) { return -1.0 / std::log(slope); }

std::optional<CriticalPoint> critical_point(mlp_kernel::Activation activation, double sigma_b) {
  if (activation == Activation::relu) return CriticalPoint{std::numbers::sqrt2, 1.0};
  if (activation == Activation::identity) return CriticalPoint{1.0, 1.0};
  // At the edge sigma_w^2 = 1 / mu_1, so that q = E phi^2 / mu_1 + sigma_b^2 alone is left.
  const MeanField unit(activation, 1.0, 0.0);
  const auto excess = [&](double q) {
    return unit.length(q) / unit.slope_moment(q, 1) + sigma_b * sigma_b - q;
  };
  const auto at = [&](double q) {
    return CriticalPoint{1.0 / std::sqrt(unit.slope_moment(q, 1)), q};
  };
  constexpr double first = 1e-6, last = 1e4, factor = 1.5;
  for (double low = first; low < last; low *= factor)
    if (excess(low) > 0.0 && excess(factor * low) <= 0.0) {
      const auto edge = at(root(excess, low, factor * low));
      // Where signals do not stay (gelu with a small bias) it is no edge of anything.
      if (MeanField(activation, edge.sigma_w, sigma_b).length_slope(edge.q) < 1.0) return edge;
    }
  if (excess(0.0) == 0.0 && MeanField(activation, at(0.0).sigma_w, 0.0).length(0.01) < 0.01)
    return at(0.0);
  return std::nullopt;
}

double jacobian_variance(double depth, double mu1, double mu2, bool orthogonal) {
  return depth * (mu2 / (mu1 * mu1) - (orthogonal ? 1.0 : 0.0));
}

double fuss_catalan(int depth, int k) {
  double binomial = 1.0;  // C(depth k + k, k)
  for (int i = 1; i <= k; ++i) binomial *= static_cast<double>(depth * k + i) / i;
  return binomial / (depth * k + 1.0);
}

double fuss_catalan_edge(int depth) {
  const double L = depth;
  return std::exp((L + 1.0) * std::log(L + 1.0) - L * std::log(L));
}

}  // namespace thalweg
