// Analyses of the landscape along a run: [[analysis]] is a schedule and a method, and becomes a
// series of the output file as a record does.
#pragma once
#include <thalweg/core/registry.hpp>
#include <thalweg/run/quantities.hpp>
#include <thalweg/run/schedule.hpp>

#include <concepts>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

/// What an analysis is: a struct S with `fields`, a `doc` and
///   std::vector<Quantity> operator()(RunContext&, const std::string& series) const
///     its quantities for a run, with the name of their series, under which they keep what they
///     remember in a checkpoint; they share their work at one time and may remember from one time
///     to the next. @throws ModelError when the run lacks what it needs.
///   double memory(Index dim) const
///     bytes that a row holds at most for `dim` parameters, besides what one Hessian product takes.
class Analysis {
 public:
  Analysis() = default;
  template <class S>
  requires(!std::same_as<S, Analysis>) explicit Analysis(S s)
      : memory_([s](Index dim) { return s.memory(dim); }), quantities_(std::move(s)) {}

  std::vector<Quantity> operator()(RunContext& context, const std::string& series) const {
    return quantities_(context, series);
  }
  [[nodiscard]] double memory(Index dim) const { return memory_(dim); }

 private:
  std::function<double(Index)> memory_{};
  std::function<std::vector<Quantity>(RunContext&, const std::string&)> quantities_{};
};

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
