#include <thalweg/report/depth_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thalweg::report {

std::vector<Figure> depth_figures(const RunFile& file, const Record& record,
                                  std::vector<std::string>& variables) {
  const RunVariable* tangent = record.find("ln_tangent");
  const RunVariable* adjoint = record.find("ln_adjoint");
  if (!tangent || !adjoint || tangent->axes != std::vector<std::string>{"layers"}) return {};
  const auto z = file.column(record, record.time_axis);
  const auto labels = file.entry_names(record, *tangent);
  std::vector<Figure> all;
  for (Index k = 0; k < tangent->size(); ++k) {
    const auto& label = labels[static_cast<std::size_t>(k)];
    Figure figure{
        .title = "Norms in depth, " + label,
        .caption = fmt::format("Series {}: ln |v(z)|/|v(0)| of a tangent going forwards "
                               "and ln |delta(z)|/|delta(Z)| of the adjoint going "
                               "backwards, field {}. Dotted: their bounds, integrals of "
                               "the extreme eigenvalues of the Jacobian's symmetric part.",
                               record.name, label),
        .x_label = "depth z",
        .y_label = "ln of a norm",
        .y_scale = Scale::linear,
        .lines_only = true};
    const auto add = [&](const std::string& name, std::string legend, Curve::Role role) {
      if (record.find(name))
        figure.curves.push_back({std::move(legend), role, z, file.column(record, name, k)});
    };
    for (const auto* edge :
         {"ln_tangent_lower", "ln_tangent_upper", "ln_adjoint_lower", "ln_adjoint_upper"})
      add(edge, edge == std::string("ln_tangent_lower") ? "bounds" : "", Curve::Role::band);
    add("ln_tangent", "tangent", Curve::Role::run);
    add("ln_adjoint", "adjoint", Curve::Role::companion);
    double largest = 0.0;
    for (const auto& c : figure.curves)
      for (const double y : c.y) largest = std::max(largest, std::abs(y));
    if (largest < 1e-6) {  // a picture of rounding errors would look like motion
      for (auto& c : figure.curves) std::fill(c.y.begin(), c.y.end(), 0.0);
      figure.caption += fmt::format(" All of it is 0 to {:.1g}, and drawn so.", largest);
    }
    all.push_back(std::move(figure));
  }
  variables = {"ln_tangent", "ln_tangent_lower", "ln_tangent_upper",
               "ln_adjoint", "ln_adjoint_lower", "ln_adjoint_upper"};
  const RunVariable* signal = record.find("signal");
  if (signal && signal->axes.size() == 2 && signal->shape.back() == 2) {
    Figure paths{.title = "Paths of the signal",
                 .caption = fmt::format("Series {}: the two entries of a(z) from the input on.",
                                        record.name),
                 .x_label = "a_1",
                 .y_label = "a_2",
                 .y_scale = Scale::linear,
                 .path = true,
                 .equal_units = true};
    for (Index k = 0; k < tangent->size(); ++k)
      paths.curves.push_back({labels[static_cast<std::size_t>(k)], Curve::Role::part,
                              file.column(record, "signal", 2 * k),
                              file.column(record, "signal", 2 * k + 1)});
    variables.emplace_back("signal");
    all.insert(all.begin(), std::move(paths));
  }
  return all;
}

}  // namespace thalweg::report
