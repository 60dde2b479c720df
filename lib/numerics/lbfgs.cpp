#include <thalweg/numerics/lbfgs.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace thalweg {

Lbfgs::Lbfgs(Index dim, Index memory)
    : q(Vec::Zero(dim)),
      g(Vec::Zero(dim)),
      s(Mat::Zero(dim, memory)),
      y(Mat::Zero(dim, memory)),
      p_(dim),
      q_new_(dim),
      g_new_(dim),
      weight_(memory) {}

void Lbfgs::start(In at, const ValueAndGradient& f) {
  q = at;
  value = f(q, g);
  pairs = 0;
  stuck = false;
}

void Lbfgs::direction() {
  const Index memory = s.cols(), kept = std::min(pairs, memory);
  p_ = -g;
  for (Index i = 0; i < kept; ++i) {
    const Index k = (pairs - 1 - i) % memory;
    weight_[k] = s.col(k).dot(p_) / s.col(k).dot(y.col(k));
    p_ -= weight_[k] * y.col(k);
  }
  if (kept > 0) {
    const Index k = (pairs - 1) % memory;
    p_ *= s.col(k).dot(y.col(k)) / y.col(k).squaredNorm();
  } else {
    p_ *= std::min(1.0, 1.0 / g.norm());
  }
  for (Index i = kept; i-- > 0;) {
    const Index k = (pairs - 1 - i) % memory;
    p_ += (weight_[k] - y.col(k).dot(p_) / s.col(k).dot(y.col(k))) * s.col(k);
  }
}

void Lbfgs::step(const ValueAndGradient& f) {
  if (stuck || g.isZero(0.0)) {
    stuck = true;
    return;
  }
  direction();
  constexpr double decrease = 1e-4, curvature = 0.9;
  const double slope = g.dot(p_);
  const double rounding = 4.0 * std::numeric_limits<double>::epsilon() * std::abs(value);
  double low = 0.0, high = std::numeric_limits<double>::infinity(), length = 1.0, low_slope = slope;
  for (int trial = 0; trial < 60 && slope < 0.0; ++trial) {
    q_new_ = q + length * p_;
    const double value_new = f(q_new_, g_new_), slope_new = g_new_.dot(p_);
    const bool lower =
        value_new <= value + decrease * length * slope ||
        (value_new <= value + rounding && slope_new <= (2.0 * decrease - 1.0) * slope);
    if (lower && slope_new >= curvature * slope) {
      const Index k = pairs % s.cols();
      s.col(k) = q_new_ - q;
      y.col(k) = g_new_ - g;
      if (s.col(k).dot(y.col(k)) > 0.0) ++pairs;
      q.swap(q_new_);
      g.swap(g_new_);
      value = value_new;
      return;
    }
    if (lower) {
      low = length;
      low_slope = slope_new;
      length = std::isinf(high) ? 3.0 * length : 0.5 * (low + high);
    } else {
      high = length;
      // Where the slope changes sign, if it is known to; kept away from the ends.
      const double secant = low - low_slope * (high - low) / (slope_new - low_slope);
      const bool known = std::isfinite(secant) && slope_new > 0.0;
      length = known ? std::clamp(secant, low + 0.1 * (high - low), high - 0.1 * (high - low))
                     : low + (std::isfinite(value_new) ? 0.5 : 0.1) * (high - low);
    }
  }
  stuck = pairs == 0;
  pairs = 0;
}

Index Lbfgs::minimise(const ValueAndGradient& f, double tolerance, Index most) {
  Index steps = 0;
  while (gradient_size() > tolerance && !stuck && steps < most) {
    step(f);
    ++steps;
  }
  return steps;
}

}  // namespace thalweg
