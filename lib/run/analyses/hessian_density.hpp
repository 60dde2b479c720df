#pragma once
#include <thalweg/run/analysis.hpp>
#include <thalweg/run/curvature_product.hpp>

namespace thalweg {

struct HessianDensity {
  CurvatureChoice of{};
  Index steps = 90, probes = 10, points = 400;
  double width = 0.003, confidence = 0.95;

  static Doc doc();
  void fields(Fields& f);
  std::vector<Quantity> operator()(RunContext& context, const std::string& series) const;
  [[nodiscard]] double memory(Index dim) const;
};

}  // namespace thalweg
