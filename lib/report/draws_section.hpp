// The part of a page about draws: verdicts, the table of means and diagnostics, figures.
#pragma once
#include <thalweg/report/run_file.hpp>

#include <string>
#include <utility>
#include <vector>

namespace thalweg::report {

/// Whether the file has a group of draws.
bool has_draws(const RunFile& file);

/// The section as HTML, "" without draws. `number`: figures before; `found`: gets what failed.
std::string draws_section(const RunFile& file, int& number, std::vector<std::string>& found);

/// "posterior", "4 chains x 1000 draws of mu, theta (8)", for each group; without draws none.
std::vector<std::pair<std::string, std::string>> draws_contents(const RunFile& file);

}  // namespace thalweg::report
