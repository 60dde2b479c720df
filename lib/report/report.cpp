#include <thalweg/report/report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/report/draw.hpp>
#include <thalweg/report/draws_section.hpp>
#include <thalweg/report/field_pictures.hpp>
#include <thalweg/report/figures.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/plane_pictures.hpp>
#include <thalweg/report/run_file.hpp>
#include <thalweg/report/samples_figure.hpp>
#include <thalweg/report/series_figures.hpp>
#include <thalweg/report/summary.hpp>
#include <thalweg/report/xdmf.hpp>

namespace thalweg {

using namespace report;

namespace {

namespace fs = std::filesystem;

std::string heading(std::string_view text) { return "<h2>" + escaped(text) + "</h2>\n"; }
std::string paragraph(std::string_view text) { return "<p>" + escaped(text) + "</p>\n"; }

std::string table_of(const Pairs& pairs) {
  HtmlTable table;
  for (const auto& [name, value] : pairs) table.rows.push_back({name, value});
  return html(table);
}

std::string head(const RunFile& file, const std::string& title) {
  const std::string status = file.text("status");
  const char* colour = "bad";
  switch (standing(status)) {
    case Standing::done:
      colour = "good";
      break;
    case Standing::running:
      colour = "going";
      break;
    case Standing::early:
      colour = "early";
      break;
    case Standing::failed:
      break;
  }
  std::string words = status.empty() ? "of another program" : status;
  std::replace(words.begin(), words.end(), '_', ' ');
  std::string out = "<header>\n<h1>" + escaped(title) + "</h1>\n";
  if (const auto summary = file.text("summary"); !summary.empty())
    out += "<p class=\"sub\">" + escaped(summary) + "</p>\n";
  out += fmt::format("<p><span class=\"badge {}\">{}</span> {}</p>\n</header>\n", colour,
                     escaped(words), escaped(reason(file)));
  return out;
}

/// What a reader must know before the pictures.
std::string warnings(const RunFile& file, const std::vector<std::string>& found) {
  std::vector<std::string> all;
  switch (standing(file.text("status"))) {
    case Standing::done:
      break;
    case Standing::running:
      all.emplace_back(
          "The run had not finished when this report was made: what follows is the part "
          "up to the last published row.");
      break;
    case Standing::early:
      all.emplace_back("The run stopped before its end.");
      break;
    case Standing::failed:
      all.emplace_back(
          "The run failed. The figures show what came before; the last finite state is "
          "in /final of the file.");
      break;
  }
  if (const auto command = resume_command(file);
      !command.empty() && standing(file.text("status")) != Standing::done)
    all.push_back("To continue: " + command);
  for (const auto& line : quality(file))
    if (line.find("NOT met") != std::string::npos) all.push_back("Requested " + line + ".");
  all.insert(all.end(), found.begin(), found.end());
  for (const auto& r : file.records())
    if (r.rows == 0) all.push_back(fmt::format("Series {} has no row.", r.name));
  const bool severe = !all.empty();
  for (const auto& remark : remarks(file)) all.push_back(remark);
  if (all.empty()) return {};
  std::string out = fmt::format("<section class=\"warnings{}\"><strong>{}</strong>\n<ul>\n",
                                severe ? "" : " mild", severe ? "Warnings" : "Remarks");
  for (const auto& w : all) out += "<li>" + escaped(w) + "</li>\n";
  return out + "</ul>\n</section>\n";
}

std::string keys(const RunFile& file) {
  std::string out = "<dl class=\"keys\">\n";
  for (const auto& [name, value] : key_numbers(file))
    out += "<div><dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd></div>\n";
  return out + "</dl>\n";
}

/// Counts what is not finite after the first row; a quantity may not exist yet at the start.
void note_gaps(const Figure& figure, std::vector<std::string>& found) {
  for (const auto& c : figure.curves) {
    if (c.y.empty()) continue;
    const auto is_bad = [](double v) { return !std::isfinite(v); };
    const auto first = std::find_if(c.y.begin() + 1, c.y.end(), is_bad);
    if (first == c.y.end()) continue;
    found.push_back(fmt::format("{}{}: {} of {} rows are not finite, the first at t = {:.6g}.",
                                figure.title, c.label.empty() ? "" : ", " + c.label,
                                std::count_if(first, c.y.end(), is_bad), c.y.size(),
                                c.x[static_cast<std::size_t>(first - c.y.begin())]));
  }
}

std::string element(Figure& figure, int number) {
  const std::string picture = draw(figure, fmt::format("figure{}", number));
  return fmt::format("<figure>\n<h3>{}</h3>\n{}\n<figcaption>{}</figcaption>\n</figure>\n",
                     escaped(figure.title), picture, escaped(figure.caption));
}

/// The figures of one file; `number`: how many came before.
std::string pictures(const RunFile& file, int& number, std::vector<std::string>& found) {
  std::string out;
  for (const auto& plan : plan_figures(file)) {
    Figure figure = plan.load();
    if (!figure.path && !figure.gaps_are_told) note_gaps(figure, found);
    out += element(figure, ++number);
  }
  return out;
}

/// Fields over space with what is written for them beside the page.
std::string fields(const RunFile& file, int& number, std::vector<std::string>& found) {
  std::vector<std::string> animations;
  try {
    animations = write_animations(file);
  } catch (const IoError& e) {
    found.push_back(fmt::format("There is no animation: {}", e.what()));
  }
  const std::string drawn = field_figures(file, number, animations);
  if (const auto xdmf = write_xdmf(file); !xdmf.empty())
    return drawn + "<figure class=\"wide\">" +
           paragraph(fs::path(xdmf).filename().string() +
                     " shows the fields in ParaView; it reads them from result.h5.") +
           "</figure>\n";
  return drawn;
}

std::string figures(const RunFile& file, int& number, std::vector<std::string>& found) {
  const auto levels = plane_section(file);
  if (!levels.empty()) {
    std::string out = heading("Figures") + "<div class=\"figures\">\n" + levels;
    for (auto& figure : plane_figures(file)) out += element(figure, ++number);
    return out + "</div>\n";
  }
  auto drawn = fields(file, number, found) + pictures(file, number, found);
  if (drawn.empty()) return {};
  for (auto& figure : series_figures(file)) drawn += element(figure, ++number);
  return heading("Figures") +
         "<p class=\"sub\">Curves are thinned to what a screen shows, extremes kept; "
         "the file has every "
         "row. Rows at t = 0 and values of 0 have no place on a logarithmic axis.</p>\n"
         "<div class=\"figures\">\n" +
         drawn + samples_figure(file, "samples") + "</div>\n";
}

/// Analyses that were made of the run afterwards.
std::vector<RunFile> analyses_of(const RunFile& file, std::vector<std::string>& found) {
  std::vector<RunFile> all;
  const auto folder = fs::path(file.path()).parent_path() / "analysis";
  std::error_code none;
  std::vector<std::string> paths;
  for (const auto& entry : fs::directory_iterator(folder, none))
    if (entry.path().extension() == ".h5") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    try {
      RunFile analysis(path);
      if (analysis.provenance_text("parent_run_id") == file.provenance_text("run_id"))
        all.push_back(std::move(analysis));
      else
        found.push_back(path + " was made of another run and is left out.");
    } catch (const IoError& e) {
      found.push_back(fmt::format("An analysis is left out: {}.", e.what()));
    }
  }
  return all;
}

std::string analyses(const std::vector<RunFile>& files, int& number,
                     std::vector<std::string>& found) {
  std::string out;
  for (const auto& file : files) {
    const auto name = file.records().empty() ? file.text("analysis") : file.records().front().name;
    out += heading("Analysis of stored states: " + name) + "<p class=\"sub\">" +
           escaped(fmt::format("analysis/{}.h5, {}: {}. {} Hessian products; {}.", name,
                               file.text("status"), reason(file), file.text("hessian_products"),
                               file.text("analysis_options"))) +
           "</p>\n<div class=\"figures\">\n" + pictures(file, number, found) + "</div>\n";
  }
  return out;
}

std::string work(const RunFile& file) {
  HtmlTable table;
  table.numeric = {1};
  for (const auto& [name, n] : file.counts())
    table.rows.push_back({count_label(name), std::to_string(n)});
  for (const char* name : {"wall_seconds", "cpu_seconds"})
    if (const auto s = file.provenance_text(name); !s.empty())
      table.rows.push_back({count_label(name), s});
  std::string out;
  if (!table.rows.empty())
    out = heading("Work and time") + html(table) +
          paragraph(
              "Calls of the motion itself; what rows and analyses take is not in them, but in the "
              "seconds.");
  const auto checks = quality(file);
  if (!checks.empty()) out += heading("Requested quality");
  for (const auto& line : checks) out += paragraph(line);
  return out;
}

std::string events(const RunFile& file) {
  const auto& e = file.events();
  if (!e) return {};
  if (e->rows == 0) return heading("Events") + paragraph("No event happened.");
  HtmlTable table{.head = {time_name(file, *e), "accepted steps", "event"}, .numeric = {0, 1}};
  const auto time = file.column(*e, e->time_axis);
  const auto* which = e->find("event");
  const bool has_step = file.file().exists(e->group + "/step");
  const auto step = has_step ? file.column(*e, "step") : std::vector<double>(time.size());
  const auto number = which ? file.column(*e, "event") : std::vector<double>(time.size());
  constexpr std::size_t most = 50;
  for (std::size_t i = 0; i < std::min(time.size(), most); ++i) {
    const auto k = static_cast<std::size_t>(std::max(0.0, number[i]));
    table.rows.push_back(
        {to_text(time[i]), has_step ? fmt::format("{:.0f}", step[i]) : "",
         which && k < which->flag_meanings.size() ? which->flag_meanings[k] : std::to_string(k)});
  }
  std::string out = heading("Events") + html(table);
  if (which && which->flag_meanings.empty()) out += paragraph(which->long_name);
  if (time.size() > most)
    out += paragraph(
        fmt::format("The first {} of {}; /events in the file has all.", most, time.size()));
  return out;
}

void add_contents(const RunFile& file, const std::string& prefix, HtmlTable& table) {
  for (const auto& r : file.records())
    for (const auto& v : r.variables) {
      std::vector<std::string> axes;
      for (std::size_t i = 0; i < v.shape.size(); ++i)
        axes.push_back(fmt::format("{}: {}", v.axes[i].empty() ? "axis" : v.axes[i], v.shape[i]));
      table.rows.push_back({prefix + r.name, std::to_string(r.rows), v.name, v.unit,
                            fmt::format("{}", fmt::join(axes, ", ")),
                            v.long_name + (v.approximate ? " (approximate)" : "") +
                                (v.comment.empty() ? "" : "; " + v.comment)});
    }
}

std::string contents(const RunFile& file, const std::vector<RunFile>& afterwards) {
  HtmlTable table{.head = {"series", "rows", "variable", "unit", "shape of a row", "meaning"},
                  .numeric = {1}};
  add_contents(file, "", table);
  for (const auto& analysis : afterwards) add_contents(analysis, "analysis/", table);
  for (const auto& [group, what] : draws_contents(file))
    table.rows.push_back({group, "", "", "", "", what});
  return table.rows.empty() ? std::string() : heading("What was recorded") + html(table);
}

std::string layout(const RunFile& file) {
  if (!file.file().exists("/layout/name") || !file.file().exists("/layout/shape")) return {};
  const auto names = file.file().read_texts("/layout/name");
  const auto shapes = file.file().read_texts("/layout/shape");
  HtmlTable table{.head = {"block", "shape"}};
  for (std::size_t i = 0; i < std::min(names.size(), shapes.size()); ++i)
    table.rows.push_back({names[i], shapes[i]});
  return collapsible(
      fmt::format("Unknowns: {} block{}", names.size(), names.size() == 1 ? "" : "s"), html(table));
}

/// Groups that this page does not know, by their attributes: model, data, analyses.
std::string other_groups(const RunFile& file) {
  std::string out;
  for (const auto& name : file.file().groups("/")) {
    static const std::vector<std::string> known{
        "series",        "events",   "provenance", "initial", "final",     "layout", "divergences",
        "observed_data", "evidence", "lyapunov",   "ladder",  "annealing", "laplace"};
    if (name.find("posterior") != std::string::npos ||
        name.find("sample_stats") != std::string::npos || name.starts_with("log_"))
      continue;  // draws have their own section
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    Pairs pairs;
    for (const auto& [key, value] : file.file().attributes("/" + name))
      pairs.emplace_back(count_label(key), to_text(value));
    if (!pairs.empty()) out += "<h3>" + escaped(count_label(name)) + "</h3>\n" + table_of(pairs);
  }
  return out;
}

std::string model(const RunFile& file) {
  Pairs labelled;
  for (const auto& [name, value] : description(file))
    labelled.emplace_back(count_label(name), value);
  const std::string content = table_of(labelled) + other_groups(file) + layout(file);
  return heading("Model, data and method") + content;
}

std::string how_to_open(const RunFile& file) {
  if (has_draws(file))
    return heading("Read the numbers") +
           paragraph("Every draw is in result.h5, in the layout of ArviZ. In Python:") +
           "<pre>import xarray as xr\n"
           "posterior = xr.open_dataset(&quot;result.h5&quot;, group=&quot;posterior&quot;)\n"
           "posterior.mean([&quot;chain&quot;, &quot;draw&quot;])\n\n"
           "import arviz as az  # where it is installed\n"
           "az.plot_trace(az.from_netcdf(&quot;result.h5&quot;))</pre>\n";
  std::string group = "series/curves", variable = "loss";
  if (file.file().is_group("/ladder")) {
    group = "ladder";
    variable = "mean_log_likelihood";
  }
  if (file.file().is_group("/levels")) {
    group = "levels/level_00";
    variable = "measure";
  }
  if (!file.records().empty()) {
    group = "series/" + file.records().front().name;
    if (!file.records().front().variables.empty() && !file.records().front().find("loss"))
      variable = file.records().front().variables.front().name;
  }
  return heading("Read the numbers") +
         paragraph("Every number of this page is in result.h5, with all rows. In Python:") +
         fmt::format(
             "<pre>import xarray as xr\n"
             "curves = xr.open_dataset(&quot;result.h5&quot;, group=&quot;{}&quot;)\n"
             "curves[&quot;{}&quot;].plot()</pre>\n",
             escaped(group), escaped(variable));
}

std::string record_of_origin(const RunFile& file) {
  std::string out;
  if (const auto config = file.provenance_text("config"); !config.empty())
    out += collapsible("Configuration, with every default", "<pre>" + escaped(config) + "</pre>\n");
  Pairs pairs;
  if (const auto source = file.text("source"); !source.empty())
    pairs.emplace_back("source", source);
  for (const auto& [name, value] : file.provenance())
    if (name != "config") pairs.emplace_back(count_label(name), to_text(value));
  if (!pairs.empty()) out += collapsible("Provenance", table_of(pairs));
  return out.empty() ? out : heading("Configuration and provenance") + out;
}

}  // namespace

std::string write_report(const std::string& run) {
  const RunFile file(run);
  std::string title = file.text("title");
  if (title.empty())
    title = has_draws(file) ? fs::path(file.path()).filename().string() : "thalweg run";
  std::vector<std::string> found;  // while drawing, yet shown before the figures
  int number = 0;
  const auto afterwards = analyses_of(file, found);
  const std::string drawn = draws_section(file, number, found) + figures(file, number, found) +
                            analyses(afterwards, number, found);
  const std::string body = head(file, title) + warnings(file, found) + keys(file) + drawn +
                           events(file) + work(file) + model(file) + contents(file, afterwards) +
                           how_to_open(file) + record_of_origin(file);
  const std::string path = (fs::path(file.path()).parent_path() / "report.html").string();
  write_text_file(path, page(title, body));
  return path;
}

}  // namespace thalweg
