// How numbers at knots in depth make a function of depth: value(z) = sum_k w_k(z) value_k.
#pragma once
#include <thalweg/core/types.hpp>

#include <array>
#include <utility>
#include <vector>

namespace thalweg {

class DepthBasis {
 public:
  /// The knots that count at z and their weights: first, first + 1, ...
  struct Weights {
    Index first = 0, count = 1;
    std::array<double, 4> w{1.0};
  };

  /// From knot k on, value_k; knots ascend.
  static DepthBasis pieces(std::vector<double> knots) { return {Kind::pieces, std::move(knots)}; }
  /// Lines between the knots.
  static DepthBasis lines(std::vector<double> knots) { return {Kind::lines, std::move(knots)}; }
  /// Cubics through the knots, once differentiable, exact for parabolas: at a knot the slope of the
  /// parabola through it and its neighbours.
  static DepthBasis cubics(std::vector<double> knots) { return {Kind::cubics, std::move(knots)}; }
  /// Uniform cubic B-splines on [0, depth], twice differentiable; they do not go through value_k.
  static DepthBasis b_splines(Index values, double depth);

  /// How many values there are.
  [[nodiscard]] Index size() const;
  /// Beyond the ends, those of the end.
  [[nodiscard]] Weights at(double z) const;
  /// Where w_k, or a derivative of it by z, jumps.
  [[nodiscard]] std::vector<double> breaks() const;

 private:
  enum class Kind { pieces, lines, cubics, b_splines };
  DepthBasis(Kind kind, std::vector<double> knots) : kind_(kind), knots_(std::move(knots)) {}

  [[nodiscard]] std::pair<Index, double> interval(double z) const;
  [[nodiscard]] Weights cubic(Index k, double u) const;

  Kind kind_;
  std::vector<double> knots_;  // of B-splines where the pieces of the cubics meet
};

}  // namespace thalweg
