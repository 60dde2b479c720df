// Lyapunov exponents: how the running values settle, and the spectrum with its error bars.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <string>
#include <utility>
#include <vector>

namespace thalweg::report {

/// None when the file holds no exponents.
std::vector<Figure> lyapunov_figures(const RunFile& file);
/// "exponent 1" and "0.9056 ± 0.0012", at most five, then what became of orbits without numbers.
std::vector<std::pair<std::string, std::string>> lyapunov_numbers(const RunFile& file);

}  // namespace thalweg::report
