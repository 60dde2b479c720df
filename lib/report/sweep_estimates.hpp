// Numbers of a sweep that have standard errors, or values known from elsewhere beside them.
#pragma once
#include <thalweg/report/figure.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/sweep_view.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg::report {

/// The only axis along which members differ, or the titles of points.
std::optional<std::size_t> telling_axis(const SweepView& sweep);

/// The collected variable that has the standard errors of `v`; null: there is none.
const SweepVariable* error_of(const SweepView& sweep, const SweepVariable& v);
/// Whether it is the standard error of another one.
bool is_error(const SweepView& sweep, const SweepVariable& v);

/// Values with three standard errors on either side against the swept axis, known values on them,
/// and how far both are apart; none where several axes are swept or there are too many entries.
std::vector<Figure> estimate_figures(const SweepView& sweep, const SweepVariable& v);

/// Member by member: measured, known, difference. Empty without known values.
HtmlTable estimate_table(const SweepView& sweep, const SweepVariable& v);

}  // namespace thalweg::report
