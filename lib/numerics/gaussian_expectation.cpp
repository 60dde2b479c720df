#include <thalweg/numerics/gaussian_expectation.hpp>

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <numbers>

namespace thalweg {

namespace {

constexpr double edge = 10.0;  // exp(-edge^2/2) = 2e-22: room for factors z^8
const double density0 = 1.0 / std::sqrt(2.0 * std::numbers::pi);

double density(double z) { return density0 * std::exp(-0.5 * z * z); }

struct Sum {
  double value = 0.0, size = 0.0;
  void add(double weight, double f) {
    value += weight * f;
    size += weight * std::abs(f);
  }
};

Expectation gauss_kronrod(const std::function<double(double)>& f, double tolerance) {
  using Rule = boost::math::quadrature::gauss_kronrod<double, 31>;
  Expectation all;
  const auto integrand = [&](double z) {
    ++all.evaluations;
    return density(z) * f(z);
  };
  for (const double side : {-1.0, 1.0}) {
    double error = 0.0;
    all.value += Rule::integrate([&](double z) { return integrand(side * z); }, 0.0, edge, 12,
                                 tolerance, &error);
    all.error += error;
  }
  return all;
}

// One more halving brings the square of the error: what was reached is better than the change.
bool settled(const Sum& now, const Sum& before, double tolerance) {
  return std::abs(now.value - before.value) <= tolerance * now.size;
}

}  // namespace

Expectation gaussian_expectation(const std::function<double(double)>& f, double tolerance) {
  constexpr double first = 0.5, finest = 0x1p-10;
  long evaluations = 0;
  // The nodes (i + offset) h for both signs.
  const auto sum_at = [&](double h, double offset) {
    Sum sum;
    const auto add = [&](double z) {
      sum.add(h * density(z), f(z));
      ++evaluations;
    };
    if (offset == 0.0) add(0.0);
    for (long i = offset == 0.0 ? 1 : 0; (static_cast<double>(i) + offset) * h <= edge; ++i) {
      add((static_cast<double>(i) + offset) * h);
      add(-(static_cast<double>(i) + offset) * h);
    }
    return sum;
  };
  Sum before = sum_at(first, 0.0);
  for (double h = first; h > finest; h *= 0.5) {
    const Sum between = sum_at(h, 0.5);
    const Sum now{0.5 * (before.value + between.value), 0.5 * (before.size + between.size)};
    if (settled(now, before, tolerance))
      return {now.value, std::abs(now.value - before.value), evaluations};
    before = now;
  }
  auto kronrod = gauss_kronrod(f, tolerance);
  kronrod.evaluations += evaluations;
  return kronrod;
}

Expectation gaussian_expectation(const std::function<double(double, double)>& f, double tolerance) {
  constexpr double first = 0.5, finest = 0x1p-5;
  long evaluations = 0;
  const auto sum_at = [&](double h) {
    Sum sum;
    const auto reach = static_cast<long>(edge / h);
    for (long i = -reach; i <= reach; ++i) {
      const double z1 = h * static_cast<double>(i);
      for (long j = -reach; j <= reach; ++j) {
        const double z2 = h * static_cast<double>(j);
        if (z1 * z1 + z2 * z2 > edge * edge) continue;
        sum.add(h * h * density(z1) * density(z2), f(z1, z2));
        ++evaluations;
      }
    }
    return sum;
  };
  Sum before = sum_at(first);
  for (double h = 0.5 * first; h >= finest; h *= 0.5) {
    const Sum now = sum_at(h);
    if (settled(now, before, tolerance))
      return {now.value, std::abs(now.value - before.value), evaluations};
    before = now;
  }
  double inner_error = 0.0;
  auto all = gauss_kronrod(
      [&](double z1) {
        const auto inner = gauss_kronrod([&](double z2) { return f(z1, z2); }, tolerance);
        evaluations += inner.evaluations;
        inner_error = std::max(inner_error, inner.error);
        return inner.value;
      },
      tolerance);
  all.error += inner_error;
  all.evaluations = evaluations;
  return all;
}

}  // namespace thalweg
