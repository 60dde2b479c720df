#include <thalweg/report/motion_figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

namespace thalweg::report {
namespace {

using Role = Curve::Role;

/// Counts that stay 0 are left out; equal ones become one curve, or the later hides the earlier.
void merge_equal(Figure& figure) {
  std::vector<Curve> merged;
  for (auto& c : figure.curves) {
    if (std::all_of(c.y.begin(), c.y.end(), [](double v) { return v == 0.0; })) continue;
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const Curve& other) { return other.y == c.y; });
    if (same == merged.end())
      merged.push_back(std::move(c));
    else
      same->label += " = " + c.label;
  }
  figure.curves = std::move(merged);
}

void rejected_share(RecordPlan& p) {
  p.curves("Rejected steps", {{"steps_rejected", ""}}, "share of rejected steps",
           "Share of all tried steps so far that were rejected, against model time.",
           Scale::linear);
  auto& plan = p.plans.back();
  plan.variables.emplace_back("steps_accepted");
  plan.load = [load = std::move(plan.load), this_file = &p.file, record = &p.record] {
    Figure f = load();
    f.caption = "Share of all tried steps so far that were rejected, against model time. " +
                origin(*record, {"steps_rejected", "steps_accepted"});
    const auto accepted = this_file->column(*record, "steps_accepted");
    auto& y = f.curves.front().y;
    for (std::size_t i = 0; i < y.size(); ++i)
      y[i] = y[i] + accepted[i] > 0.0 ? y[i] / (y[i] + accepted[i]) : 0.0;
    return f;
  };
}

/// Potential energy, kinetic energy and what friction took, on top of each other: areas, so that
/// none may be negative.
void stacked_energies(RecordPlan& p) {
  const auto V = p.file.column(p.record, "potential_energy"),
             T = p.file.column(p.record, "kinetic_energy");
  if (V.empty() || std::any_of(V.begin(), V.end(), [](double v) { return v < 0.0; })) return;
  std::vector<double> E(V.size());
  std::transform(V.begin(), V.end(), T.begin(), E.begin(), std::plus<>());
  const double most = *std::max_element(E.begin(), E.end());
  const bool damped = E.back() < 0.99 * E.front() && most < 1.001 * E.front();
  p.curves(
      "Energies stacked",
      {{"kinetic_energy", "kinetic", Role::area}, {"potential_energy", "potential", Role::area}},
      "energy",
      fmt::format("Kinetic energy on top of potential energy, against model time{}.",
                  damped ? "; above them what friction has taken since the first row" : ""),
      Scale::linear);
  auto& plan = p.plans.back();
  plan.load = [load = std::move(plan.load), E, damped] {
    Figure f = load();
    f.curves.front().y = E;
    if (damped)
      f.curves.insert(f.curves.begin(), {"lost to friction", Role::area, f.curves.front().x,
                                         std::vector<double>(E.size(), E.front())});
    return f;
  };
}

}  // namespace

// Of a second-order motion: what belongs together is seen together.
void energies(RecordPlan& p) {
  const auto together = [&](const char* title, const char* y, const char* what,
                            std::vector<Source> all) {
    std::erase_if(all, [&](const Source& s) { return !p.is_open_scalar(s.variable); });
    if (all.size() > 1) p.curves(title, all, y, what);
  };
  const bool both = p.is_open_scalar("kinetic_energy") && p.is_open_scalar("potential_energy");
  together("Energies", "energy", "Total, kinetic and potential energy, against model time.",
           {{"total_energy", "total"},
            {"kinetic_energy", "kinetic", Role::companion},
            {"potential_energy", "potential", Role::companion}});
  if (both) stacked_energies(p);
  together("Power", "power",
           "Power of the force, which turns potential into kinetic energy, and power that "
           "friction takes, against model time.",
           {{"power", "of the force"}, {"dissipation", "lost to friction", Role::companion}});
}

void distances(RecordPlan& p) {
  std::vector<Source> all, relative;
  for (const auto& [name, companion] : p.with_prefix("distance_"))
    if (name != "distance_from_start") all.push_back({name, "to " + companion, Role::part});
  for (const auto& [name, companion] : p.with_prefix("relative_distance_"))
    relative.push_back(
        {name, companion == "tighter" ? "a run at a tenth of the tolerance" : "to " + companion,
         Role::part});
  if (!all.empty()) {
    if (p.is_open_scalar("distance_from_start"))
      all.push_back({"distance_from_start", "moved from the start", Role::theory});
    const std::string y = all.size() == 1 ? p.record.find(all[0].variable)->label() : "distance";
    if (all.size() == 1) all[0].label.clear();
    p.curves("Distance at equal time", all, y,
             "Euclidean distance between the run and other motions from the same start, at equal "
             "model time.");
  }
  if (relative.empty()) return;
  const bool tighter = std::any_of(relative.begin(), relative.end(), [](const Source& s) {
    return s.variable == "relative_distance_tighter";
  });
  const std::string y = "distance / distance moved";
  if (relative.size() == 1) relative[0].label.clear();
  p.curves(
      "Relative distance at equal time", relative, y,
      std::string(
          "Distance between the run and other motions, over the distance the run has moved.") +
          (tighter ? " The motion \"tighter\" is the same run at a tenth of the tolerance: its "
                     "distance estimates the global error."
                   : ""));
}

void state(RecordPlan& p) {
  if (p.is_open("projection") && p.record.find("projection")->size() == 2)
    p.plane("Path on two fixed directions", "projection", {0, 1},
            {"displacement on direction 1", "displacement on direction 2"}, true,
            "Path of the state, projected on two fixed random directions.");
  const RunVariable* v = p.record.find("state");
  if (!v || v->shape.size() != 1 || !p.is_open("state") ||
      v->size() > static_cast<Index>(most_entries))
    return;
  const auto names = p.file.entry_names(p.record, *v);
  const Index n = v->size();
  for (Index i = 0; i < n && n <= 3; ++i)
    for (Index j = i + 1; j < n; ++j) {
      const auto &x = names[static_cast<std::size_t>(i)], &y = names[static_cast<std::size_t>(j)];
      p.plane(n == 2 ? "Phase portrait" : fmt::format("Phase portrait, {} and {}", x, y), "state",
              {i, j}, {x, y}, false, "Path of the state in its own coordinates.");
    }
  std::vector<Source> all;
  for (Index i = 0; i < n; ++i)
    all.push_back({"state", n == 1 ? "" : names[static_cast<std::size_t>(i)], Role::part, i});
  const auto shown = [&](const std::string& name) {
    const RunVariable* w = p.record.find(name);
    return w && w->shape.size() == 1 && w->size() <= n && p.is_open(name);
  };
  const bool exact = shown("exact_state");
  for (Index i = 0; exact && i < n; ++i)
    all.push_back({"exact_state", i == 0 ? "closed form" : "", Role::theory, i});
  std::vector<std::string> others;
  for (const auto& w : p.record.variables)
    if (w.name.starts_with("state_") && shown(w.name)) others.push_back(w.name);
  const auto scale = exact || !others.empty() ? Scale::automatic : Scale::linear;
  p.curves("State", all, v->label(),
           exact ? "Components of the state and of the closed form, against model time."
                 : "Components of the state against model time.",
           scale);
  for (const auto& name : others) {
    all.clear();
    for (Index i = 0; i < p.record.find(name)->size(); ++i)
      all.push_back({name, n == 1 ? "" : names[static_cast<std::size_t>(i)], Role::part, i});
    const auto whose = name.substr(6);
    p.curves("State of " + whose, all, p.record.find(name)->label(),
             "Components of the state of " + whose + ", against model time.", scale);
  }
}

void numerics(RecordPlan& p) {
  if (p.is_open_scalar("energy"))
    p.curves("Energy", {{"energy", ""}}, p.record.find("energy")->label(),
             "The system's own energy or first integral, against model time.");
  if (p.is_open_scalar("energy_balance"))
    p.curves("Energy balance", {{"energy_balance", ""}}, p.record.find("energy_balance")->label(),
             "How far the energy identity is violated, against model time: a check of the "
             "integration.");
  if (p.is_open_scalar("exact_error"))
    p.curves("Error against the closed form", {{"exact_error", ""}},
             p.record.find("exact_error")->label(),
             "Distance between the computed and the closed-form solution, against model time.");
  if (p.is_open_scalar("step_size"))
    p.curves("Step size", {{"step_size", ""}}, p.record.find("step_size")->label(),
             "Size of the last accepted step, against model time.");
  const auto* accepted = p.record.find("steps_accepted");
  if (accepted && p.is_open_scalar("steps_rejected")) rejected_share(p);
  std::vector<Source> work;
  for (const auto& v : p.record.variables)
    if (v.integer && v.flag_meanings.empty() && p.is_open_scalar(v.name) && v.unit == "1")
      work.push_back({v.name, v.long_name, Role::part});
  if (!work.empty()) {
    const std::string y = work.size() == 1 ? work[0].label : "number so far";
    if (work.size() == 1) work[0].label.clear();
    p.curves("Work", work, y, "Counts since the start of the run, against model time.");
    p.plans.back().load = [load = std::move(p.plans.back().load)] {
      Figure f = load();
      merge_equal(f);
      return f;
    };
  }
}

}  // namespace thalweg::report
