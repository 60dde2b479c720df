#include <thalweg/report/spectrum_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thalweg/report/branches.hpp>

namespace thalweg::report {
namespace {

using Role = Curve::Role;

/// Eigenvalues as their vectors go, where that is another picture than by rank.
void branches(RecordPlan& p, const RunVariable& eigenvalue) {
  const auto* branch = p.record.find("branch");
  if (!branch) return;
  p.done.insert("branch");
  auto joined = branch_curves(p.file, p.record, eigenvalue, *branch);
  if (joined.curves.empty()) return;
  const std::string which = joined.found > joined.curves.size()
                                ? fmt::format("The {} longest of {} branches are drawn. ",
                                              joined.curves.size(), joined.found)
                                : "";
  FigurePlan plan{"Eigenvalues by branch", p.record.name, {"eigenvalue", "branch"}};
  plan.load = [time = p.time, joined = std::move(joined.curves),
               caption =
                   "Eigenvalues joined where the eigenvector is the same, so that curves "
                   "cross; the numbers are those of the variable branch. " +
                   which + origin(p.record, {"branch"}),
               y = eigenvalue.label()] {
    Figure f{
        .title = "Eigenvalues by branch", .caption = caption, .x_label = time->label, .y_label = y};
    f.x_scale = time->scale;
    f.marks = time->marks;
    f.curves = joined;
    return f;
  };
  p.plans.push_back(std::move(plan));
}

/// Rows without a condition number are no gaps in what was computed.
void condition(RecordPlan& p) {
  if (!p.is_open_scalar("condition_number") || !p.is_open_scalar("condition_status")) return;
  p.done.insert({"condition_number", "condition_error", "condition_status"});
  const auto* status = p.record.find("condition_status");
  std::map<std::string, int> why;
  int defined = 0;
  for (const double s : p.file.column(p.record, "condition_status")) {
    if (s == 1.0)
      ++defined;
    else if (static_cast<std::size_t>(s) < status->flag_meanings.size())
      ++why[status->flag_meanings[static_cast<std::size_t>(s)]];
  }
  std::string none;
  for (const auto& [meaning, rows] : why) {
    std::string word = meaning;
    std::replace(word.begin(), word.end(), '_', ' ');
    none +=
        fmt::format("{}{} in {} row{}", none.empty() ? "" : ", ", word, rows, rows == 1 ? "" : "s");
  }
  if (!none.empty()) none = " Rows without one: " + none + ".";
  if (defined == 0) {
    p.plans.back().load = [load = std::move(p.plans.back().load), none] {
      Figure f = load();
      f.caption += " There is no condition number." + none;
      return f;
    };
    return;
  }
  p.curves("Condition number", {{"condition_number", ""}},
           p.record.find("condition_number")->label(),
           "Largest over smallest eigenvalue, where the smallest is positive, "
           "against model time." +
               none,
           Scale::log);
  p.plans.back().load = [load = std::move(p.plans.back().load)] {
    Figure f = load();
    f.gaps_are_told = true;
    return f;
  };
}

}  // namespace

void spectra(RecordPlan& p) {
  if (const auto* v = p.record.find("origin"); v && !v->flag_meanings.empty())
    p.done.insert(v->name);  // which states an analysis looked at
  if (const auto* v = p.record.find("eigenvalue"); v && p.is_open(v->name)) {
    std::vector<Source> limit;
    if (p.is_open_scalar("sharpness_limit"))
      limit.push_back({"sharpness_limit", "limit of descent", Role::theory});
    p.array(*v, limit);
    // Tables of the file: eigenvalues show the first two as gaps.
    p.done.insert(
        {"residual", "converged", "iterations", "products", "gradients", "principal_cosine"});
    branches(p, *v);
    condition(p);
  }
  const auto *x = p.record.find("density_eigenvalue"), *y = p.record.find("density");
  if (!x || !y || !p.is_open(y->name)) return;
  FigurePlan plan{"Density of eigenvalues", p.record.name, {"density", "density_eigenvalue"}};
  for (const char* name : {"density", "density_eigenvalue", "density_low", "density_high",
                           "quadrature_node", "quadrature_weight"})
    p.done.insert(name);
  plan.load = [this_file = &p.file, record = &p.record, x, y,
               caption =
                   fmt::format("In the last row: {}, with its band; what is below a millionth of "
                               "the peak is drawn there. ",
                               y->long_name) +
                   origin(p.record, {"density"})] {
    Figure f{.title = "Density of eigenvalues",
             .caption = caption,
             .x_label = x->label(),
             .y_label = "density"};
    f.y_scale = Scale::log;
    const auto at = this_file->last_row(*record, *x);
    const auto peak = this_file->last_row(*record, *y);
    const double floor = 1e-6 * *std::max_element(peak.begin(), peak.end());
    const auto add = [&](const char* name, const char* label, Role role) {
      const auto* v = record->find(name);
      if (!v) return;
      const auto row = this_file->last_row(*record, *v);
      Curve curve{label, role};
      for (std::size_t k = 0; k < row.size(); ++k) {
        curve.x.push_back(at[k]);
        curve.y.push_back(row[k] > floor ? row[k] : floor);
      }
      f.curves.push_back(std::move(curve));
    };
    add("density_low", "band", Role::band);
    add("density_high", "", Role::band);
    add("density", "density", Role::run);
    return f;
  };
  p.plans.push_back(std::move(plan));
}

}  // namespace thalweg::report
