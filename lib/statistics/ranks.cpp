#include <thalweg/statistics/ranks.hpp>

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace thalweg {

void SortedDraws::sort(std::span<const double> values) {
  sorted_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) sorted_[i] = {values[i], i};
  std::sort(sorted_.begin(), sorted_.end());
}

void SortedDraws::sort_halves(const SortedDraws& whole, std::size_t draws) {
  const std::size_t half = draws / 2, chains = draws == 0 ? 0 : whole.size() / draws;
  sorted_.clear();
  for (const auto& [value, position] : whole.sorted_) {
    const std::size_t chain = position / draws, i = position % draws;
    if (i < half)
      sorted_.emplace_back(value, chain * half + i);
    else if (i >= draws - half)
      sorted_.emplace_back(value, (chains + chain) * half + i - (draws - half));
  }
}

double SortedDraws::quantile(double p) const {
  if (sorted_.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double at = static_cast<double>(size() - 1) * p;
  const auto low = static_cast<std::size_t>(at);
  const double below = value(low), above = value(std::min(low + 1, size() - 1));
  const double h = at - static_cast<double>(low);
  // Equal neighbours stay exact: which draws are <= the quantile must not hang on a rounding.
  return h == 0.0 || below == above ? below : (1.0 - h) * below + h * above;
}

template <class F>
void SortedDraws::for_ties(F&& f) const {
  for (std::size_t first = 0, end; first < size(); first = end) {
    end = first + 1;
    while (end < size() && value(end) == value(first)) ++end;
    f(first, end);
  }
}

void SortedDraws::ranks(std::span<double> out) const {
  for_ties([&](std::size_t first, std::size_t end) {
    for (std::size_t k = first; k < end; ++k)
      out[position(k)] = 0.5 * static_cast<double>(first + 1 + end);
  });
}

void SortedDraws::normal_scores(std::span<double> out) {
  const auto score = [n = static_cast<double>(size()) + 0.25](double rank) {
    return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * (rank - 0.375) / n);
  };
  if (scores_.size() != size()) {
    scores_.resize(size());
    for (std::size_t k = 0; k < size(); ++k) scores_[k] = score(static_cast<double>(k + 1));
  }
  for_ties([&](std::size_t first, std::size_t end) {
    const double z =
        end == first + 1 ? scores_[first] : score(0.5 * static_cast<double>(first + 1 + end));
    for (std::size_t k = first; k < end; ++k) out[position(k)] = z;
  });
}

double SortedDraws::distribution_distance(std::span<const char> marked) const {
  const auto all = static_cast<double>(size());
  const auto with = static_cast<double>(
      std::count_if(marked.begin(), marked.end(), [](char mark) { return mark != 0; }));
  const double without = all - with;
  if (with == 0.0 || without == 0.0) return std::numeric_limits<double>::quiet_NaN();
  double largest = 0.0, a = 0.0, b = 0.0;
  for (std::size_t k = 0; k < size(); ++k) {
    (marked[position(k)] != 0 ? a : b) += 1.0;
    if (k + 1 == size() || value(k + 1) != value(k))
      largest = std::max(largest, std::abs(a / with - b / without));
  }
  return largest;
}

}  // namespace thalweg
