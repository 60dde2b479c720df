// Charges of symmetries beside the law of the motion, and the verdict in words.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

/// Figures against time without a time axis, each with the variables that it shows; none when the
/// record holds no charges.
struct ChargeFigure {
  Figure figure;
  std::vector<std::string> variables{};
};
std::vector<ChargeFigure> charge_figures(const RunFile& file, const Record& record);

}  // namespace thalweg::report
