#include <thalweg/report/figures.hpp>

#include <algorithm>
#include <thalweg/report/charge_figures.hpp>
#include <thalweg/report/depth_figures.hpp>
#include <thalweg/report/evidence_figures.hpp>
#include <thalweg/report/heat_map.hpp>
#include <thalweg/report/learning_figures.hpp>
#include <thalweg/report/lyapunov_figures.hpp>
#include <thalweg/report/motion_figures.hpp>
#include <thalweg/report/record_plan.hpp>
#include <thalweg/report/singular_values_figure.hpp>
#include <thalweg/report/spatial_fields.hpp>
#include <thalweg/report/spectrum_figures.hpp>
#include <thalweg/report/thermodynamics_figure.hpp>

namespace thalweg::report {
namespace {

using Role = Curve::Role;

void charges(RecordPlan& p) {
  auto all = charge_figures(p.file, p.record);
  if (all.empty()) return;
  p.done.insert({"verdict", "symmetric"});
  for (auto& f : all) {
    p.done.insert(f.variables.begin(), f.variables.end());
    p.plans.push_back(
        {f.figure.title, p.record.name, f.variables, [time = p.time, figure = std::move(f.figure)] {
           Figure with_time = figure;
           with_time.x_label = time->label;
           with_time.x_scale = time->scale;
           with_time.marks = time->marks;
           return with_time;
         }});
  }
}

void depth(RecordPlan& p) {
  std::vector<std::string> variables;
  for (auto& figure : depth_figures(p.file, p.record, variables)) {
    const std::string title = figure.title;
    p.plans.push_back(
        {title, p.record.name, variables, [figure = std::move(figure)] { return figure; }});
  }
  p.done.insert(variables.begin(), variables.end());
}

void maps(RecordPlan& p) {
  for (const auto& v : p.record.variables) {
    if (!p.is_open(v.name) || !is_map(p.file, p.record, v)) continue;
    const auto line = line_on_map(p.record, v);
    p.done.insert({v.name, line});
    p.plans.push_back({v.long_name.substr(0, v.long_name.find(',')),
                       p.record.name,
                       {v.name, line},
                       [this_file = &p.file, record = &p.record, &v] {
                         return map_figure(*this_file, *record, v);
                       }});
  }
}

void singular_values(RecordPlan& p) {
  for (const auto& v : p.record.variables) {
    if (!p.is_open(v.name) || !has_singular_values(v)) continue;
    p.done.insert(v.name);
    for (const auto& beside : beside_singular_values(v)) p.done.insert(beside);
    p.plans.push_back(
        {v.long_name, p.record.name, {v.name}, [this_file = &p.file, record = &p.record, &v] {
           return singular_values_figure(*this_file, *record, v);
         }});
  }
}

/// "x_theory" is drawn over x. A standard error "x_error" is left to the file.
void beside_theory(RecordPlan& p) {
  for (const auto& v : p.record.variables) {
    if (!p.is_open(v.name) || v.axes.size() > 1) continue;
    if (const auto* error = p.record.find(v.name + "_error"); error && error->axes == v.axes)
      p.done.insert(error->name);
    const auto* theory = p.record.find(v.name + "_theory");
    if (!theory || theory->shape != v.shape) continue;
    if (v.is_scalar()) {
      std::string title = v.long_name;
      title.resize(std::min(title.size(), title.find(',')));
      p.curves(capital(title), {{v.name, "measured"}, {theory->name, "theory", Role::theory}},
               v.label(),
               sentence(v.long_name + " and " + theory->long_name + ", against model time"));
      continue;
    }
    std::vector<Source> beside;
    for (const Index i : spread(v.size()))
      beside.push_back({theory->name, beside.empty() ? "theory" : "", Role::theory, i});
    p.array(v, beside);
    p.done.insert(theory->name);
  }
}

std::vector<FigurePlan> plans_of(const RunFile& file, const Record& record,
                                 const Longest& longest) {
  RecordPlan p(file, record, longest);
  for (const auto& v : record.variables)
    if (is_spatial(file, record, v)) p.done.insert(v.name);  // pictures of their own
  if (has_thermodynamics(file, record))
    p.plans.push_back(
        {"Energies against temperature",
         record.name,
         {"free_energy", "internal_energy", "entropy_term"},
         [this_file = &file, of = &record] { return thermodynamics_figure(*this_file, *of); }});
  losses(p);
  gradient_norms(p);
  accuracies(p);
  energies(p);
  sharpnesses(p);
  spectra(p);
  charges(p);
  depth(p);
  maps(p);
  singular_values(p);
  beside_theory(p);
  for (const auto* v : p.open_arrays()) p.array(*v);
  distances(p);
  state(p);
  numerics(p);
  for (const auto& v : record.variables)
    if (v.is_scalar() && p.is_open(v.name))
      p.curves(capital(v.long_name), {{v.name, ""}}, v.label(),
               sentence(v.long_name + " against model time"), natural_scale(v));
  return std::move(p.plans);
}

}  // namespace

std::vector<FigurePlan> plan_figures(const RunFile& file) {
  std::vector<FigurePlan> plans;
  const auto whole = [&](std::vector<Figure> figures) {
    for (auto& f : figures)
      plans.push_back({f.title, "", {}, [figure = std::move(f)] { return figure; }});
  };
  whole(evidence_figures(file));
  whole(lyapunov_figures(file));
  const auto longest = longest_records(file);
  for (const auto& record : file.records())
    if (record.rows > 0)
      std::ranges::move(plans_of(file, record, longest), std::back_inserter(plans));
  return plans;
}

}  // namespace thalweg::report
