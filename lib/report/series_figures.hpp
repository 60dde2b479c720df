// A time series of /exhibits beside the motion that a model makes of it.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/run_file.hpp>

#include <vector>

namespace thalweg::report {

/// The phase portrait of a series with two entries, and every entry over time; none when the file
/// shows no series.
std::vector<Figure> series_figures(const RunFile& file);

}  // namespace thalweg::report
