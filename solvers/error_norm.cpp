#include <thalweg/solvers/error_norm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg {

namespace {

constexpr Index block = 1024;
constexpr double infinity = std::numeric_limits<double>::infinity();
// Added to every scale: with atol = 0 an entry that is and stays 0 gives 0/tiny = 0, not 0/0.
constexpr double tiny = std::numeric_limits<double>::min();

// sqrt of the mean of f over fixed blocks, infinite for NaN.
template <class F>
double rms(Index n, const F& f) {
  double sum = 0.0;
  for (Index i = 0; i < n; i += block) sum += f(i, std::min(block, n - i));
  const double r = std::sqrt(sum / static_cast<double>(n));
  return std::isfinite(r) ? r : infinity;
}

}  // namespace

double error_norm(In err, In x, In x_new, double rtol, double atol) {
  return rms(err.size(), [&](Index i, Index m) {
    const auto b = x_new.segment(i, m).array();
    const auto scale = atol + tiny + rtol * x.segment(i, m).array().abs().max(b.abs());
    // x_new * 0 is 0, or NaN when x_new is infinite and would hide behind its own scale.
    return ((err.segment(i, m).array() / scale).square() + b * 0.0).sum();
  });
}

double scaled_norm(In v, In x, double rtol, double atol) {
  return rms(v.size(), [&](Index i, Index m) {
    const auto scale = atol + tiny + rtol * x.segment(i, m).array().abs();
    return (v.segment(i, m).array() / scale).square().sum();
  });
}

Index worst_entry(In err, In x, In x_new, double rtol, double atol) {
  Index worst = 0;
  double largest = -1.0;
  for (Index i = 0; i < err.size(); ++i) {
    if (!std::isfinite(err[i]) || !std::isfinite(x_new[i])) return i;
    const double scale = atol + tiny + rtol * std::max(std::abs(x[i]), std::abs(x_new[i]));
    const double term = std::abs(err[i]) / scale;
    if (term > largest) {
      largest = term;
      worst = i;
    }
  }
  return worst;
}

std::string entry_name(const Layout& layout, Index i) {
  for (const auto& b : layout)
    if (i >= b.offset && i < b.offset + b.size())
      return fmt::format("entry {} ({}[{}])", i, b.name, i - b.offset);
  return fmt::format("entry {}", i);
}

}  // namespace thalweg
