#include <thalweg/report/record_plan.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/report/axis.hpp>

namespace thalweg::report {
namespace {

using Role = Curve::Role;

std::pair<std::string, std::string> key(const RunVariable& v) { return {v.name, v.long_name}; }

TimeAxis time_axis(const RunFile& file, const Record& r) {
  TimeAxis axis;
  const auto unit = file.file().attribute(r.group + "/" + r.time_axis, "units");
  axis.label = time_label(file, r);
  if (unit && to_text(*unit) != "1") axis.label += " [" + to_text(*unit) + "]";
  const RunVariable* main = r.find("loss");
  for (const auto& v : r.variables)
    if (!main && v.is_scalar() && v.name != "step_size") main = &v;
  if (!main && !r.variables.empty()) main = &r.variables.front();
  const auto time = file.column(r, r.time_axis);
  axis.scale = time_scale(time, main ? file.column(r, main->name) : std::vector<double>{});
  if (const auto& e = file.events(); e && e->rows > 0 && e->rows <= 8) {
    const auto times = file.column(*e, e->time_axis);
    const auto* which = e->find("event");
    const auto numbers = which ? file.column(*e, "event") : std::vector<double>{};
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

/// Whether a variable says itself where it has no value: "none at the last layers", "NaN where".
/// The caption has its words, so that such gaps are no news.
bool tells_of_gaps(const RunVariable& v) {
  for (const char* words : {"none at ", "none where ", "NaN "})
    if (v.comment.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace

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

std::vector<Index> spread(Index n) {
  std::vector<Index> all;
  const auto most = static_cast<Index>(most_entries);
  for (Index i = 0; i < std::min(n, most); ++i)
    all.push_back(n <= most ? i : i * (n - 1) / (most - 1));
  return all;
}

Scale natural_scale(const RunVariable& v) {
  return v.unit.starts_with("cell") ? Scale::linear : Scale::automatic;
}

Longest longest_records(const RunFile& file) {
  Longest longest;
  for (const auto& r : file.records())
    for (const auto& v : r.variables) {
      const auto [it, fresh] = longest.emplace(key(v), &r);
      if (!fresh && r.rows > it->second->rows) it->second = &r;
    }
  return longest;
}

RecordPlan::RecordPlan(const RunFile& of_file, const Record& of_record, const Longest& of_longest)
    : file(of_file),
      record(of_record),
      longest(of_longest),
      run_label(of_file.text("dynamics")),
      time(std::make_shared<TimeAxis>(time_axis(of_file, of_record))) {
  if (run_label.empty()) run_label = "this run";
  std::replace(run_label.begin(), run_label.end(), '_', ' ');
}

bool RecordPlan::is_open(const std::string& name) const {
  const RunVariable* v = record.find(name);
  if (!v || done.contains(name)) return false;
  const auto it = longest.find(key(*v));
  return it != longest.end() && it->second == &record;
}

bool RecordPlan::is_open_scalar(const std::string& name) const {
  return is_open(name) && record.find(name)->is_scalar();
}

std::vector<std::pair<std::string, std::string>> RecordPlan::with_prefix(
    const std::string& prefix) const {
  std::vector<std::pair<std::string, std::string>> found;
  for (const auto& v : record.variables)
    if (v.name.starts_with(prefix) && v.name.size() > prefix.size() && is_open_scalar(v.name))
      found.emplace_back(v.name, v.name.substr(prefix.size()));
  return found;
}

std::vector<const RunVariable*> RecordPlan::open_arrays() const {
  std::vector<const RunVariable*> all;
  for (const auto& v : record.variables)
    if (v.shape.size() == 1 && is_open(v.name) && v.name != "state" && v.name != "exact_state" &&
        !v.name.starts_with("state_") && v.name != "projection")
      all.push_back(&v);
  return all;
}

void RecordPlan::curves(const std::string& title, const std::vector<Source>& sources,
                        const std::string& y_label, const std::string& what, Scale y_scale) {
  FigurePlan plan{title, record.name};
  for (const auto& s : sources)
    if (std::find(plan.variables.begin(), plan.variables.end(), s.variable) == plan.variables.end())
      plan.variables.push_back(s.variable);
  for (const auto& v : plan.variables) done.insert(v);
  std::string caption = what;
  if (const std::string any = "model time"; caption.find(any) != std::string::npos)
    caption.replace(caption.find(any), any.size(), time_name(file, record));
  caption += " " + origin(record, plan.variables);
  const bool told =
      std::all_of(plan.variables.begin(), plan.variables.end(), [&](const auto& name) {
        const auto* v = record.find(name);
        return v && tells_of_gaps(*v);
      });
  plan.load = [this_file = &file, record = &record, time = time, title, sources, y_label, y_scale,
               caption, told] {
    Figure f{.title = title, .caption = caption, .x_label = time->label, .y_label = y_label};
    f.x_scale = time->scale;
    f.y_scale = y_scale;
    f.marks = time->marks;
    f.gaps_are_told = told;
    const auto t = this_file->column(*record, record->time_axis);
    for (const auto& s : sources)
      f.curves.push_back({s.label, s.role, t, this_file->column(*record, s.variable, s.entry)});
    return f;
  };
  plans.push_back(std::move(plan));
}

void RecordPlan::plane(const std::string& title, const std::string& variable,
                       std::array<Index, 2> entries, std::array<std::string, 2> labels,
                       bool equal_units, const std::string& what) {
  FigurePlan plan{title, record.name, {variable}};
  done.insert(variable);
  const bool map = variable == "state" && record.comment.find("map") != std::string::npos;
  plan.load = [this_file = &file, record = &record, title, variable, entries, labels, equal_units,
               map, caption = what + " " + origin(record, {variable})] {
    Figure f{.title = title, .caption = caption, .x_label = labels[0], .y_label = labels[1]};
    f.y_scale = Scale::linear;
    f.path = true;
    f.dots = map;
    f.equal_units = equal_units;
    f.curves.push_back({"", Role::run, this_file->column(*record, variable, entries[0]),
                        this_file->column(*record, variable, entries[1])});
    return f;
  };
  plans.push_back(std::move(plan));
}

void RecordPlan::array(const RunVariable& v, const std::vector<Source>& beside) {
  const auto names = file.entry_names(record, v);
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

}  // namespace thalweg::report
