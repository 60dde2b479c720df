// Kolmogorov and Smirnov's distance of uniforms from the uniform distribution.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

/// sqrt(n) sup |F_n(u) - u|; above 2.23 in one of 1e4 samples of uniforms.
inline double kolmogorov(std::vector<double> u) {
  std::ranges::sort(u);
  const auto n = static_cast<double>(u.size());
  double most = 0.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    const auto k = static_cast<double>(i);
    most = std::max({most, u[i] - k / n, (k + 1.0) / n - u[i]});
  }
  return most * std::sqrt(n);
}
