#include <thalweg/report/figures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <thalweg/report/axis.hpp>
#include <thalweg/report/branches.hpp>
#include <thalweg/report/charge_figures.hpp>
#include <thalweg/report/depth_figures.hpp>
#include <thalweg/report/evidence_figures.hpp>
#include <thalweg/report/heat_map.hpp>
#include <thalweg/report/lyapunov_figures.hpp>
#include <thalweg/report/singular_values_figure.hpp>
#include <thalweg/report/spatial_fields.hpp>
#include <thalweg/report/thermodynamics_figure.hpp>

namespace thalweg::report {
namespace {

using Role = Curve::Role;

constexpr std::size_t most_entries = 12;

/// One curve of a plan: a variable, or one entry of it.
struct Source {
  std::string variable;
  std::string label;
  Role role = Role::run;
  Index entry = 0;
};

struct TimeAxis {
  std::string label;
  Scale scale = Scale::linear;
  std::vector<Mark> marks{};
};

std::string capital(const std::string& text) {
  std::string written = text;
  if (!written.empty() && written[0] >= 'a' && written[0] <= 'z')
    written[0] = static_cast<char>(written[0] - 'a' + 'A');
  return written;
}

std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return capital(text);
}

/// Where the data come from and what is approximate about them.
std::string origin(const Record& record, const std::vector<std::string>& variables) {
  std::string text = fmt::format("Series {}: {}.", record.name, fmt::join(variables, ", "));
  std::set<std::string> said;
  for (const auto& name : variables) {
    const auto* v = record.find(name);
    if (!v) continue;
    if (v->approximate) text += fmt::format(" {} is an approximation.", name);
    if (!v->comment.empty() && said.insert(v->comment).second)
      text += fmt::format(" {}: {}{}", name, v->comment, v->comment.ends_with('.') ? "" : ".");
  }
  return text;
}

/// At most `most_entries` of n positions, evenly spread, ends included.
std::vector<Index> spread(Index n) {
  std::vector<Index> all;
  const auto most = static_cast<Index>(most_entries);
  for (Index i = 0; i < std::min(n, most); ++i)
    all.push_back(n <= most ? i : i * (n - 1) / (most - 1));
  return all;
}

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

/// Distances on a lattice and speeds there are compared as they are, however far they go.
Scale natural_scale(const RunVariable& v) {
  return v.unit.starts_with("cell") ? Scale::linear : Scale::automatic;
}

class Planner {
 public:
  explicit Planner(const RunFile& file) : file_(file) {
    for (const auto& r : file_.records())
      for (const auto& v : r.variables) {
        const auto [it, fresh] = longest_.emplace(key(v), &r);
        if (!fresh && r.rows > it->second->rows) it->second = &r;
      }
    run_label_ = file_.text("dynamics");
    if (run_label_.empty()) run_label_ = "this run";
    std::replace(run_label_.begin(), run_label_.end(), '_', ' ');
  }

  std::vector<FigurePlan> plan() {
    for (auto& f : evidence_figures(file_))
      plans_.push_back({f.title, "", {}, [figure = std::move(f)] { return figure; }});
    for (auto& f : lyapunov_figures(file_))
      plans_.push_back({f.title, "", {}, [figure = std::move(f)] { return figure; }});
    for (const auto& r : file_.records()) {
      if (r.rows == 0) continue;
      record_ = &r;
      done_.clear();
      for (const auto& v : r.variables)
        if (is_spatial(file_, r, v)) done_.insert(v.name);  // pictures of their own
      time_ = std::make_shared<TimeAxis>(time_axis(r));
      if (has_thermodynamics(file_, r))
        plans_.push_back({"Energies against temperature",
                          r.name,
                          {"free_energy", "internal_energy", "entropy_term"},
                          [this_file = &file_, record = &r] {
                            return thermodynamics_figure(*this_file, *record);
                          }});
      losses();
      gradient_norms();
      accuracies();
      energies();
      sharpnesses();
      spectra();
      charges();
      depth();
      maps();
      singular_values();
      beside_theory();
      for (const auto* v : open_arrays()) array(*v);
      distances();
      state();
      numerics();
      for (const auto& v : r.variables)
        if (v.is_scalar() && is_open(v.name))
          curves(capital(v.long_name), {{v.name, ""}}, v.label(),
                 sentence(v.long_name + " against model time"), natural_scale(v));
    }
    return std::move(plans_);
  }

 private:
  /// Series may hold one quantity twice, of which the longer is drawn, or two of the same name,
  /// such as the eigenvalues of two matrices.
  static std::pair<std::string, std::string> key(const RunVariable& v) {
    return {v.name, v.long_name};
  }
  [[nodiscard]] bool is_open(const std::string& name) const {
    const RunVariable* v = record_->find(name);
    if (!v || done_.contains(name)) return false;
    const auto it = longest_.find(key(*v));
    return it != longest_.end() && it->second == record_;
  }
  [[nodiscard]] bool is_open_scalar(const std::string& name) const {
    return is_open(name) && record_->find(name)->is_scalar();
  }

  /// Open scalars of the record whose name begins with `prefix`: name and what follows.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> with_prefix(
      const std::string& prefix) const {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& v : record_->variables)
      if (v.name.starts_with(prefix) && v.name.size() > prefix.size() && is_open_scalar(v.name))
        found.emplace_back(v.name, v.name.substr(prefix.size()));
    return found;
  }

  [[nodiscard]] TimeAxis time_axis(const Record& r) const {
    TimeAxis axis;
    const auto unit = file_.file().attribute(r.group + "/" + r.time_axis, "units");
    const auto name = file_.file().attribute(r.group + "/" + r.time_axis, "long_name");
    axis.label = (name ? to_text(*name) : "model time") + " t";
    if (unit && to_text(*unit) != "1") axis.label += " [" + to_text(*unit) + "]";
    const RunVariable* main = r.find("loss");
    for (const auto& v : r.variables)
      if (!main && v.is_scalar() && v.name != "step_size") main = &v;
    if (!main && !r.variables.empty()) main = &r.variables.front();
    const auto time = file_.column(r, r.time_axis);
    axis.scale = time_scale(time, main ? file_.column(r, main->name) : std::vector<double>{});
    if (const auto& e = file_.events(); e && e->rows > 0 && e->rows <= 8) {
      const auto times = file_.column(*e, e->time_axis);
      const auto* which = e->find("event");
      const auto numbers = which ? file_.column(*e, "event") : std::vector<double>{};
      for (std::size_t i = 0; i < times.size(); ++i) {
        Mark mark{times[i], {}};
        if (which && numbers[i] >= 0.0 &&
            static_cast<std::size_t>(numbers[i]) < which->flag_meanings.size())
          mark.label = which->flag_meanings[static_cast<std::size_t>(numbers[i])];
        axis.marks.push_back(std::move(mark));
      }
    }
    return axis;
  }

  /// A figure of curves against time.
  void curves(const std::string& title, const std::vector<Source>& sources,
              const std::string& y_label, const std::string& what,
              Scale y_scale = Scale::automatic) {
    FigurePlan plan{title, record_->name};
    for (const auto& s : sources)
      if (std::find(plan.variables.begin(), plan.variables.end(), s.variable) ==
          plan.variables.end())
        plan.variables.push_back(s.variable);
    for (const auto& v : plan.variables) done_.insert(v);
    plan.load = [this_file = &file_, record = record_, time = time_, title, sources, y_label,
                 y_scale, caption = what + " " + origin(*record_, plan.variables)] {
      Figure f{.title = title, .caption = caption, .x_label = time->label, .y_label = y_label};
      f.x_scale = time->scale;
      f.y_scale = y_scale;
      f.marks = time->marks;
      const auto t = this_file->column(*record, record->time_axis);
      for (const auto& s : sources)
        f.curves.push_back({s.label, s.role, t, this_file->column(*record, s.variable, s.entry)});
      return f;
    };
    plans_.push_back(std::move(plan));
  }

  /// A path in the plane of two entries of one array.
  void plane(const std::string& title, const std::string& variable, std::array<Index, 2> entries,
             std::array<std::string, 2> labels, bool equal_units, const std::string& what) {
    FigurePlan plan{title, record_->name, {variable}};
    done_.insert(variable);
    const bool map = variable == "state" && record_->comment.find("map") != std::string::npos;
    plan.load = [this_file = &file_, record = record_, title, variable, entries, labels,
                 equal_units, map, caption = what + " " + origin(*record_, {variable})] {
      Figure f{.title = title, .caption = caption, .x_label = labels[0], .y_label = labels[1]};
      f.y_scale = Scale::linear;
      f.path = true;
      f.dots = map;
      f.equal_units = equal_units;
      f.curves.push_back({"", Role::run, this_file->column(*record, variable, entries[0]),
                          this_file->column(*record, variable, entries[1])});
      return f;
    };
    plans_.push_back(std::move(plan));
  }

  void losses() {
    if (is_open_scalar("loss")) {
      std::vector<Source> all{{"loss", run_label_}};
      std::vector<std::string> whose{"of the run"};
      for (const char* name : {"test_loss", "loss_test", "validation_loss"})
        if (is_open_scalar(name)) all.push_back({name, "test data", Role::companion});
      for (const auto& [name, companion] : with_prefix("loss_")) {
        if (name == "loss_excess" || name == "loss_test") continue;
        all.push_back({name, companion, Role::companion});
        whose.push_back("of " + companion);
      }
      if (is_open_scalar("exact_loss")) {
        all.push_back({"exact_loss", "closed form", Role::theory});
        whose.emplace_back("of the closed-form solution");
      }
      if (all.size() == 1) all.front().label.clear();
      curves("Loss", all, record_->find("loss")->label(),
             fmt::format("Loss {}, against model time.",
                         fmt::join(whose, whose.size() == 2 ? " and " : ", ")),
             Scale::log);
    }
    if (is_open_scalar("loss_excess"))
      curves("Loss above its minimum", {{"loss_excess", ""}}, record_->find("loss_excess")->label(),
             "Loss minus its known minimum, against model time.", Scale::log);
  }

  void gradient_norms() {
    if (!is_open_scalar("gradient_norm")) return;
    std::vector<Source> all{{"gradient_norm", run_label_}};
    for (const auto& [name, companion] : with_prefix("gradient_norm_"))
      all.push_back({name, companion, Role::companion});
    if (all.size() == 1) all.front().label.clear();
    curves("Gradient norm", all, record_->find("gradient_norm")->label(),
           "Size of the gradient along the run, against model time.", Scale::log);
  }

  void accuracies() {
    std::vector<Source> all;
    for (const auto& v : record_->variables)
      if (v.name.find("accuracy") != std::string::npos && is_open_scalar(v.name))
        all.push_back({v.name, v.long_name,
                       v.name.find("test") == std::string::npos ? Role::run : Role::companion});
    if (all.empty()) return;
    const std::string y = all.size() == 1 ? record_->find(all[0].variable)->label() : "accuracy";
    if (all.size() == 1) all[0].label.clear();
    curves("Accuracy", all, y,
           "Share of samples that are classified correctly, against model time.", Scale::linear);
  }

  // Of a second-order motion: what belongs together is seen together.
  void energies() {
    const auto together = [&](const char* title, const char* y, const char* what,
                              std::vector<Source> all) {
      std::erase_if(all, [&](const Source& s) { return !is_open_scalar(s.variable); });
      if (all.size() > 1) curves(title, all, y, what);
    };
    together("Energies", "energy", "Total, kinetic and potential energy, against model time.",
             {{"total_energy", "total"},
              {"kinetic_energy", "kinetic", Role::companion},
              {"potential_energy", "potential", Role::companion}});
    together("Power", "power",
             "Power of the force, which turns potential into kinetic energy, and power that "
             "friction takes, against model time.",
             {{"power", "of the force"}, {"dissipation", "lost to friction", Role::companion}});
  }

  void sharpnesses() {
    std::vector<Source> all;
    if (is_open_scalar("sharpness")) all.push_back({"sharpness", run_label_});
    if (is_open_scalar("sharpness_midpoint"))
      all.push_back({"sharpness_midpoint", "at midpoints", Role::companion});
    for (const auto& [name, companion] : with_prefix("sharpness_"))
      if (name != "sharpness_midpoint" && name != "sharpness_limit")
        all.push_back({name, companion, Role::companion});
    if (all.empty()) return;
    if (is_open_scalar("sharpness_limit"))
      all.push_back({"sharpness_limit", "limit of stable descent", Role::theory});
    curves("Sharpness", all, "sharpness",
           "Largest eigenvalue of the Hessian, by value, against model time.");
  }

  void spectra() {
    if (const auto* v = record_->find("origin"); v && !v->flag_meanings.empty())
      done_.insert(v->name);  // which states an analysis looked at
    if (const auto* v = record_->find("eigenvalue"); v && is_open(v->name)) {
      std::vector<Source> limit;
      if (is_open_scalar("sharpness_limit"))
        limit.push_back({"sharpness_limit", "limit of descent", Role::theory});
      array(*v, limit);
      // Tables of the file: eigenvalues show the first two as gaps.
      done_.insert({"residual", "converged", "iterations", "products", "principal_cosine"});
      branches(*v);
      condition();
    }
    const auto *x = record_->find("density_eigenvalue"), *y = record_->find("density");
    if (!x || !y || !is_open(y->name)) return;
    FigurePlan plan{"Density of eigenvalues", record_->name, {"density", "density_eigenvalue"}};
    for (const char* name : {"density", "density_eigenvalue", "density_low", "density_high",
                             "quadrature_node", "quadrature_weight"})
      done_.insert(name);
    plan.load = [this_file = &file_, record = record_, x, y,
                 caption =
                     fmt::format("In the last row: {}, with its band; what is below a millionth of "
                                 "the peak is drawn there. ",
                                 y->long_name) +
                     origin(*record_, {"density"})] {
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
    plans_.push_back(std::move(plan));
  }

  void charges() {
    auto all = charge_figures(file_, *record_);
    if (all.empty()) return;
    done_.insert({"verdict", "symmetric"});
    for (auto& f : all) {
      done_.insert(f.variables.begin(), f.variables.end());
      plans_.push_back({f.figure.title, record_->name, f.variables,
                        [time = time_, figure = std::move(f.figure)] {
                          Figure with_time = figure;
                          with_time.x_label = time->label;
                          with_time.x_scale = time->scale;
                          with_time.marks = time->marks;
                          return with_time;
                        }});
    }
  }

  void depth() {
    std::vector<std::string> variables;
    for (auto& figure : depth_figures(file_, *record_, variables)) {
      const std::string title = figure.title;
      plans_.push_back(
          {title, record_->name, variables, [figure = std::move(figure)] { return figure; }});
    }
    done_.insert(variables.begin(), variables.end());
  }

  void maps() {
    for (const auto& v : record_->variables) {
      if (!is_open(v.name) || !is_map(file_, *record_, v)) continue;
      const auto line = line_on_map(*record_, v);
      done_.insert({v.name, line});
      plans_.push_back({v.long_name.substr(0, v.long_name.find(',')),
                        record_->name,
                        {v.name, line},
                        [this_file = &file_, record = record_, &v] {
                          return map_figure(*this_file, *record, v);
                        }});
    }
  }

  void singular_values() {
    for (const auto& v : record_->variables) {
      if (!is_open(v.name) || !has_singular_values(v)) continue;
      done_.insert(v.name);
      for (const auto& beside : beside_singular_values(v)) done_.insert(beside);
      plans_.push_back(
          {v.long_name, record_->name, {v.name}, [this_file = &file_, record = record_, &v] {
             return singular_values_figure(*this_file, *record, v);
           }});
    }
  }

  /// "x_theory" is drawn over x. A standard error "x_error" is left to the file.
  void beside_theory() {
    for (const auto& v : record_->variables) {
      if (!is_open(v.name) || v.axes.size() > 1) continue;
      if (const auto* error = record_->find(v.name + "_error"); error && error->axes == v.axes)
        done_.insert(error->name);
      const auto* theory = record_->find(v.name + "_theory");
      if (!theory || theory->shape != v.shape) continue;
      if (v.is_scalar()) {
        std::string title = v.long_name;
        title.resize(std::min(title.size(), title.find(',')));
        curves(capital(title), {{v.name, "measured"}, {theory->name, "theory", Role::theory}},
               v.label(),
               sentence(v.long_name + " and " + theory->long_name + ", against model time"));
        continue;
      }
      std::vector<Source> beside;
      for (const Index i : spread(v.size()))
        beside.push_back({theory->name, beside.empty() ? "theory" : "", Role::theory, i});
      array(v, beside);
      done_.insert(theory->name);
    }
  }

  /// Eigenvalues as their vectors go, where that is another picture than by rank.
  void branches(const RunVariable& eigenvalue) {
    const auto* branch = record_->find("branch");
    if (!branch) return;
    done_.insert("branch");
    auto joined = branch_curves(file_, *record_, eigenvalue, *branch);
    if (joined.curves.empty()) return;
    const std::string which = joined.found > joined.curves.size()
                                  ? fmt::format("The {} longest of {} branches are drawn. ",
                                                joined.curves.size(), joined.found)
                                  : "";
    FigurePlan plan{"Eigenvalues by branch", record_->name, {"eigenvalue", "branch"}};
    plan.load = [time = time_, joined = std::move(joined.curves),
                 caption =
                     "Eigenvalues joined where the eigenvector is the same, so that curves "
                     "cross; the numbers are those of the variable branch. " +
                     which + origin(*record_, {"branch"}),
                 y = eigenvalue.label()] {
      Figure f{.title = "Eigenvalues by branch",
               .caption = caption,
               .x_label = time->label,
               .y_label = y};
      f.x_scale = time->scale;
      f.marks = time->marks;
      f.curves = joined;
      return f;
    };
    plans_.push_back(std::move(plan));
  }

  /// Rows without a condition number are no gaps in what was computed.
  void condition() {
    if (!is_open_scalar("condition_number") || !is_open_scalar("condition_status")) return;
    done_.insert({"condition_number", "condition_error", "condition_status"});
    const auto* status = record_->find("condition_status");
    std::map<std::string, int> why;
    int defined = 0;
    for (const double s : file_.column(*record_, "condition_status")) {
      if (s == 1.0)
        ++defined;
      else if (static_cast<std::size_t>(s) < status->flag_meanings.size())
        ++why[status->flag_meanings[static_cast<std::size_t>(s)]];
    }
    std::string none;
    for (const auto& [meaning, rows] : why) {
      std::string word = meaning;
      std::replace(word.begin(), word.end(), '_', ' ');
      none += fmt::format("{}{} in {} row{}", none.empty() ? "" : ", ", word, rows,
                          rows == 1 ? "" : "s");
    }
    if (!none.empty()) none = " Rows without one: " + none + ".";
    if (defined == 0) {
      plans_.back().load = [load = std::move(plans_.back().load), none] {
        Figure f = load();
        f.caption += " There is no condition number." + none;
        return f;
      };
      return;
    }
    curves("Condition number", {{"condition_number", ""}},
           record_->find("condition_number")->label(),
           "Largest over smallest eigenvalue, where the smallest is positive, "
           "against model time." +
               none,
           Scale::log);
    plans_.back().load = [load = std::move(plans_.back().load)] {
      Figure f = load();
      f.gaps_are_told = true;
      return f;
    };
  }

  [[nodiscard]] std::vector<const RunVariable*> open_arrays() const {
    std::vector<const RunVariable*> all;
    for (const auto& v : record_->variables)
      if (v.shape.size() == 1 && is_open(v.name) && v.name != "state" && v.name != "exact_state" &&
          !v.name.starts_with("state_") && v.name != "projection")
        all.push_back(&v);
    return all;
  }

  void array(const RunVariable& v, const std::vector<Source>& beside = {}) {
    const auto names = file_.entry_names(*record_, v);
    const auto chosen = spread(v.size());
    std::vector<Source> all;
    for (const Index i : chosen)
      all.push_back({v.name, names[static_cast<std::size_t>(i)], Role::part, i});
    // A legend of many takes the room of the curves: the colours tell the order.
    for (std::size_t i = 1; !beside.empty() && all.size() > 6 && i + 1 < all.size(); ++i)
      all[i].label.clear();
    all.insert(all.end(), beside.begin(), beside.end());
    std::string what =
        fmt::format("{}, against model time, one curve for each {}.", capital(v.long_name),
                    v.axes.empty() || v.axes[0].empty() ? "entry" : v.axes[0]);
    if (static_cast<Index>(chosen.size()) < v.size())
      what += fmt::format(" {} of the {} are drawn.", chosen.size(), v.size());
    curves(capital(v.long_name.substr(0, v.long_name.find(','))), all, v.label(), what,
           natural_scale(v));
  }

  void distances() {
    std::vector<Source> all, relative;
    for (const auto& [name, companion] : with_prefix("distance_"))
      if (name != "distance_from_start") all.push_back({name, "to " + companion, Role::part});
    for (const auto& [name, companion] : with_prefix("relative_distance_"))
      relative.push_back(
          {name, companion == "tighter" ? "a run at a tenth of the tolerance" : "to " + companion,
           Role::part});
    if (!all.empty()) {
      if (is_open_scalar("distance_from_start"))
        all.push_back({"distance_from_start", "moved from the start", Role::theory});
      const std::string y = all.size() == 1 ? record_->find(all[0].variable)->label() : "distance";
      if (all.size() == 1) all[0].label.clear();
      curves("Distance at equal time", all, y,
             "Euclidean distance between the run and other motions from the same start, at equal "
             "model time.");
    }
    if (relative.empty()) return;
    const bool tighter = std::any_of(relative.begin(), relative.end(), [](const Source& s) {
      return s.variable == "relative_distance_tighter";
    });
    const std::string y = "distance / distance moved";
    if (relative.size() == 1) relative[0].label.clear();
    curves(
        "Relative distance at equal time", relative, y,
        std::string(
            "Distance between the run and other motions, over the distance the run has moved.") +
            (tighter ? " The motion \"tighter\" is the same run at a tenth of the tolerance: its "
                       "distance estimates the global error."
                     : ""));
  }

  void state() {
    if (is_open("projection") && record_->find("projection")->size() == 2)
      plane("Path on two fixed directions", "projection", {0, 1},
            {"displacement on direction 1", "displacement on direction 2"}, true,
            "Path of the state, projected on two fixed random directions.");
    const RunVariable* v = record_->find("state");
    if (!v || v->shape.size() != 1 || !is_open("state") ||
        v->size() > static_cast<Index>(most_entries))
      return;
    const auto names = file_.entry_names(*record_, *v);
    const Index n = v->size();
    for (Index i = 0; i < n && n <= 3; ++i)
      for (Index j = i + 1; j < n; ++j) {
        const auto &x = names[static_cast<std::size_t>(i)], &y = names[static_cast<std::size_t>(j)];
        plane(n == 2 ? "Phase portrait" : fmt::format("Phase portrait, {} and {}", x, y), "state",
              {i, j}, {x, y}, false, "Path of the state in its own coordinates.");
      }
    std::vector<Source> all;
    for (Index i = 0; i < n; ++i)
      all.push_back({"state", n == 1 ? "" : names[static_cast<std::size_t>(i)], Role::part, i});
    const auto shown = [&](const std::string& name) {
      const RunVariable* w = record_->find(name);
      return w && w->shape.size() == 1 && w->size() <= n && is_open(name);
    };
    const bool exact = shown("exact_state");
    for (Index i = 0; exact && i < n; ++i)
      all.push_back({"exact_state", i == 0 ? "closed form" : "", Role::theory, i});
    std::vector<std::string> others;
    for (const auto& w : record_->variables)
      if (w.name.starts_with("state_") && shown(w.name)) others.push_back(w.name);
    const auto scale = exact || !others.empty() ? Scale::automatic : Scale::linear;
    curves("State", all, v->label(),
           exact ? "Components of the state and of the closed form, against model time."
                 : "Components of the state against model time.",
           scale);
    for (const auto& name : others) {
      all.clear();
      for (Index i = 0; i < record_->find(name)->size(); ++i)
        all.push_back({name, n == 1 ? "" : names[static_cast<std::size_t>(i)], Role::part, i});
      const auto whose = name.substr(6);
      curves("State of " + whose, all, record_->find(name)->label(),
             "Components of the state of " + whose + ", against model time.", scale);
    }
  }

  void numerics() {
    if (is_open_scalar("energy"))
      curves("Energy", {{"energy", ""}}, record_->find("energy")->label(),
             "The system's own energy or first integral, against model time.");
    if (is_open_scalar("energy_balance"))
      curves("Energy balance", {{"energy_balance", ""}}, record_->find("energy_balance")->label(),
             "How far the energy identity is violated, against model time: a check of the "
             "integration.");
    if (is_open_scalar("exact_error"))
      curves("Error against the closed form", {{"exact_error", ""}},
             record_->find("exact_error")->label(),
             "Distance between the computed and the closed-form solution, against model time.");
    if (is_open_scalar("step_size"))
      curves("Step size", {{"step_size", ""}}, record_->find("step_size")->label(),
             "Size of the last accepted step, against model time.");
    const auto* accepted = record_->find("steps_accepted");
    if (accepted && is_open_scalar("steps_rejected")) rejected_share();
    std::vector<Source> work;
    for (const auto& v : record_->variables)
      if (v.integer && v.flag_meanings.empty() && is_open_scalar(v.name) && v.unit == "1")
        work.push_back({v.name, v.long_name, Role::part});
    if (!work.empty()) {
      const std::string y = work.size() == 1 ? work[0].label : "number so far";
      if (work.size() == 1) work[0].label.clear();
      curves("Work", work, y, "Counts since the start of the run, against model time.");
      plans_.back().load = [load = std::move(plans_.back().load)] {
        Figure f = load();
        merge_equal(f);
        return f;
      };
    }
  }

  void rejected_share() {
    curves("Rejected steps", {{"steps_rejected", ""}}, "share of rejected steps",
           "Share of all tried steps so far that were rejected, against model time.",
           Scale::linear);
    auto& plan = plans_.back();
    plan.variables.emplace_back("steps_accepted");
    plan.load = [load = std::move(plan.load), this_file = &file_, record = record_] {
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

  const RunFile& file_;
  const Record* record_ = nullptr;
  std::shared_ptr<TimeAxis> time_;
  std::map<std::pair<std::string, std::string>, const Record*> longest_;
  std::set<std::string> done_;
  std::string run_label_;
  std::vector<FigurePlan> plans_;
};

}  // namespace

std::vector<FigurePlan> plan_figures(const RunFile& file) { return Planner(file).plan(); }

}  // namespace thalweg::report
