// Gnuplot's SVG made fit for a place among others in one HTML page.
#pragma once
#include <string>
#include <string_view>

namespace thalweg::report {

/// The element <svg> alone, without a fixed size, with ids that begin with `id`, with `title` as
/// its accessible name and fonts left to the page. Throws IoError when `svg` is not complete.
std::string inline_svg(const std::string& svg, const std::string& id, std::string_view title);

}  // namespace thalweg::report
