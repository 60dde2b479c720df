#include <thalweg/core/smooth_pieces.hpp>

#include <cmath>
#include <cstddef>
#include <utility>

namespace thalweg {

// Numbers that differ by no more are one place: knots and ends are often computed apart.
double SmoothPieces::slack(double at) {
  return std::isfinite(at) ? 64.0 * std::numeric_limits<double>::epsilon() * std::abs(at) : 0.0;
}

SmoothPieces::SmoothPieces(std::vector<double> breaks) {
  std::erase_if(breaks, [](double b) { return !std::isfinite(b); });
  std::ranges::sort(breaks);
  for (const double b : breaks)
    if (breaks_.empty() || b - breaks_.back() > 4.0 * slack(b)) breaks_.push_back(b);
}

// Into the piece that ends at break k.
void SmoothPieces::use(std::size_t k) {
  begin_ = k > 0 ? breaks_[k - 1] : -infinity;
  end_ = k < breaks_.size() ? breaks_[k] : infinity;
  first_ = k > 0 ? std::nextafter(begin_, infinity) : begin_;
  last_ = k < breaks_.size() ? std::nextafter(end_, -infinity) : end_;
}

void SmoothPieces::enter(double t) {
  const auto after =
      std::ranges::partition_point(breaks_, [t](double b) { return b - slack(b) <= t; });
  use(static_cast<std::size_t>(after - breaks_.begin()));
}

void SmoothPieces::enter_backwards(double t) {
  const auto at = std::ranges::partition_point(breaks_, [t](double b) { return b + slack(b) < t; });
  use(static_cast<std::size_t>(at - breaks_.begin()));
}

}  // namespace thalweg
