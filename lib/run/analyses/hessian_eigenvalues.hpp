#pragma once
#include <string>
#include <thalweg/run/analysis.hpp>
#include <thalweg/run/curvature_product.hpp>

namespace thalweg {

struct HessianEigenvalues {
  CurvatureChoice of{};
  Index largest = 5, smallest = 1, max_products = 500, cold_every = 10, probe = 10;
  double tolerance = 1e-3, memory_limit = 2000.0;
  std::string eigensolver = "lanczos";

  static Doc doc();
  void fields(Fields& f);
  std::vector<Quantity> operator()(RunContext& context, const std::string& series) const;
  [[nodiscard]] double memory(Index dim) const;

 private:
  /// Lanczos vectors between two restarts that `memory_limit` allows, the usual number at most.
  [[nodiscard]] Index basis(Index dim) const;
};

}  // namespace thalweg
