// From a figure to SVG: scales chosen, curves thinned, drawn by gnuplot.
#pragma once
#include <thalweg/report/figure.hpp>

#include <string>
#include <vector>

namespace thalweg::report {

/// What gnuplot is told, and what the caption must say about it: a constant subtracted, a part left
/// out, nothing to show. (Rows at t = 0 and values of 0 are not on a log axis; the page says so
/// once.)
struct Drawing {
  std::string script;
  std::vector<std::string> notes{};
};

/// `id`: of the picture in its page, [A-Za-z][A-Za-z0-9_]*.
Drawing make_drawing(Figure figure, const std::string& id);

/// The picture as an element for an HTML page; appends the notes to the figure's caption.
std::string draw(Figure& figure, const std::string& id);

}  // namespace thalweg::report
