#include <thalweg/chaos/kaplan_yorke.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace thalweg {

namespace {

// `descending`: positions of the exponents from the largest down.
KaplanYorke from_sorted(const Vec& l, const std::vector<Index>& descending, bool complete) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  KaplanYorke found{.dimension = nan, .slopes = Vec::Constant(l.size(), nan), .above_zero = nan};
  if (!l.allFinite()) return found;
  double sum = 0.0;
  Index j = 0;
  for (; j < l.size(); ++j) {
    const double next = l[descending[static_cast<std::size_t>(j)]];
    if (sum + next < 0.0) break;
    sum += next;
  }
  if (j == l.size() && !complete) return found;
  found.slopes.setZero();
  found.dimension = static_cast<double>(j);
  if (j == l.size() || j == 0) return found;
  const Index last = descending[static_cast<std::size_t>(j)];
  const double size = std::abs(l[last]);
  found.dimension += sum / size;
  for (Index i = 0; i < j; ++i) found.slopes[descending[static_cast<std::size_t>(i)]] = 1.0 / size;
  found.slopes[last] = sum / (size * size);
  return found;
}

}  // namespace

KaplanYorke kaplan_yorke(In exponents, bool complete) {
  Vec l = exponents;
  std::vector<Index> descending(static_cast<std::size_t>(l.size()));
  std::iota(descending.begin(), descending.end(), Index{0});
  std::stable_sort(descending.begin(), descending.end(),
                   [&](Index a, Index b) { return l[a] > l[b]; });
  auto found = from_sorted(l, descending, complete);
  Index largest = descending.front();
  l[largest] = std::abs(l[largest]);
  found.above_zero = from_sorted(l, descending, complete).dimension;
  return found;
}

}  // namespace thalweg
