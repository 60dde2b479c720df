// Which figures a result calls for, from the names, units and axes of its variables alone.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg::report {

struct FigurePlan {
  std::string title;
  std::string record;                    ///< name of the series
  std::vector<std::string> variables{};  ///< what it shows
  std::function<Figure()> load{};        ///< reads the columns; the file must stay open
};

/// In the order of the page. A variable that several series hold is drawn from the longest; arrays
/// with more than one axis, and states with more than twelve entries, are left to the file.
std::vector<FigurePlan> plan_figures(const RunFile& file);

}  // namespace thalweg::report
