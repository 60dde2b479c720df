// Pieces of time, or depth, between the breaks of a motion: where it, or a derivative of it by
// time, jumps. A method keeps its order only when no step goes over a break: a step ends there, the
// next one starts anew, and neither evaluates the motion of the other side.
#pragma once
#include <thalweg/core/types.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace thalweg {

/// The pieces, and the one that an integration is in. Without breaks everything is one piece, and
/// `inside` and `stop` change nothing.
class SmoothPieces {
 public:
  SmoothPieces() = default;
  /// In any order; what is not finite, or nearer to another one than rounding, is left out.
  explicit SmoothPieces(std::vector<double> breaks);

  /// Into the piece that goes on from t.
  void enter(double t);
  /// Into the piece that ends at t, or has t inside, to go backwards.
  void enter_backwards(double t);
  [[nodiscard]] double begin() const { return begin_; }  ///< -infinity in the first piece
  [[nodiscard]] double end() const { return end_; }      ///< infinity in the last one
  /// t, or the nearest number within the piece, without its ends: on which side of a break the
  /// motion has which value does not matter.
  [[nodiscard]] double inside(double t) const { return std::clamp(t, first_, last_); }
  /// Where an integration to `to` must end: at the end of the piece if that lies before, by more
  /// than rounding.
  [[nodiscard]] double stop(double to) const { return end_ < to - slack(end_) ? end_ : to; }
  [[nodiscard]] double stop_backwards(double to) const {
    return begin_ > to + slack(begin_) ? begin_ : to;
  }
  /// Whether an integration at t has reached the end of the piece.
  [[nodiscard]] bool ended(double t) const { return t >= end_ - slack(end_); }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static double slack(double at);
  void use(std::size_t k);

  std::vector<double> breaks_{};  // ascending
  double begin_ = -infinity, end_ = infinity, first_ = -infinity, last_ = infinity;
};

}  // namespace thalweg
