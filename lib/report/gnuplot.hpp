// Runs gnuplot on a script that is made here, without a shell and without files.
#pragma once
#include <string>
#include <string_view>

namespace thalweg::report {

/// What gnuplot writes to its standard output. `seconds`: after these it is ended. Throws IoError
/// when gnuplot is not installed, refuses the script, or does not end.
std::string run_gnuplot(const std::string& script, double seconds = 60.0);

/// A text as a single-quoted string of gnuplot, in which nothing is expanded. Apostrophes become
/// typographic ones, control characters blanks.
std::string gnuplot_quoted(std::string_view text);

/// Fits the height of a figure, with its unit; the caption has all of it.
std::string short_label(std::string label);

}  // namespace thalweg::report
