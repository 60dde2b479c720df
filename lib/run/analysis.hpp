// Analyses of the landscape along a run: [[analysis]] is a schedule and a method, and becomes a
// series of the output file as a record does.
#pragma once
#include <thalweg/core/registry.hpp>
#include <thalweg/run/quantities.hpp>
#include <thalweg/run/schedule.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

/// The quantities of an analysis for a run, with the name of its series, under which it keeps what
/// it remembers in a checkpoint; they share their work at one time and may remember from one time
/// to the next. @throws ModelError when the run lacks what it needs.
using Analysis = std::function<std::vector<Quantity>(RunContext&, const std::string& series)>;

/// All analyses by name; a new one is one file in run/analyses and one line in its catalogue.cpp.
Registry<Analysis>& analyses();
inline constexpr const char* default_analysis = "hessian_eigenvalues";

struct AnalysisConfig {
  std::string name = "spectrum";
  Schedule when{};
  std::string method = default_analysis;
  Analysis make{};
  std::string when_place{}, method_place{};  ///< where they stand in the file
  void fields(Fields& f);
};

}  // namespace thalweg
