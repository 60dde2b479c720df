// Which figures a sweep calls for: curves over one axis, maps of colours over two, clouds over
// points and tails (a bifurcation diagram), series of single members.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/sweep_view.hpp>

#include <vector>

namespace thalweg::report {

std::vector<Figure> sweep_figures(const SweepView& sweep);

}  // namespace thalweg::report
