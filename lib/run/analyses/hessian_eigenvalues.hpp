#pragma once
#include <thalweg/run/analysis.hpp>

namespace thalweg {

struct HessianEigenvalues {
  Index largest = 5, smallest = 1, max_products = 500, cold_every = 10, probe = 10;
  double tolerance = 1e-3;

  static Doc doc();
  void fields(Fields& f);
  std::vector<Quantity> operator()(RunContext& context, const std::string& series) const;
};

}  // namespace thalweg
