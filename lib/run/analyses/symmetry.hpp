#pragma once
#include <optional>
#include <string>
#include <thalweg/run/analysis.hpp>

namespace thalweg {

struct SymmetryAudit {
  Index members = 64;
  std::optional<double> bound{};

  static Doc doc();
  void fields(Fields& f);
  std::vector<Quantity> operator()(RunContext& context, const std::string& series) const;
  [[nodiscard]] double memory(Index dim) const;
};

}  // namespace thalweg
