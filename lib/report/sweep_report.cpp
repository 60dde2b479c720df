#include <thalweg/report/sweep_report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/report/draw.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/run_file.hpp>
#include <thalweg/report/sweep_estimates.hpp>
#include <thalweg/report/sweep_figures.hpp>
#include <thalweg/report/sweep_view.hpp>

namespace thalweg {

using namespace report;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_failures = 25;

std::string heading(std::string_view text) { return "<h2>" + escaped(text) + "</h2>\n"; }

std::map<std::string, std::size_t> ends_of(const SweepView& sweep) {
  std::map<std::string, std::size_t> ends;
  for (std::size_t i = 0; i < sweep.members(); ++i) ++ends[sweep.outcome(i)];
  return ends;
}

std::string head(const SweepView& sweep) {
  const auto status = sweep.text("status");
  std::string words = status;
  std::replace(words.begin(), words.end(), '_', ' ');
  std::string out = "<header>\n<h1>" + escaped(sweep.text("title")) + "</h1>\n<p class=\"sub\">" +
                    escaped(sweep.text("summary")) + "</p>\n";
  out += fmt::format("<p><span class=\"badge {}\">{}</span> {}</p>\n</header>\n",
                     status == "complete"  ? "good"
                     : status == "stopped" ? "bad"
                                           : "early",
                     escaped(words), escaped(sweep.text("status_reason")));
  if (status != "complete")
    out +=
        "<section class=\"warnings\"><strong>Warnings</strong>\n<ul>\n<li>The sweep stopped before "
        "its end; the same command goes on with what is missing.</li>\n</ul>\n</section>\n";
  return out;
}

std::string keys(const SweepView& sweep) {
  std::string out = "<dl class=\"keys\">\n";
  out += fmt::format("<div><dt>members</dt><dd>{}</dd></div>\n", sweep.members());
  for (const auto& [name, n] : ends_of(sweep)) {
    std::string words = name;
    std::replace(words.begin(), words.end(), '_', ' ');
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(words), n);
  }
  return out + "</dl>\n";
}

std::string axes(const SweepView& sweep) {
  HtmlTable table{.head = {"axis", "values", "range", "unit", "meaning"}, .numeric = {1}};
  for (const auto& a : sweep.axes())
    table.rows.push_back({a.name + (a.scale == Scale::log ? " (log)" : ""),
                          std::to_string(a.size()), a.range(), a.unit, a.long_name});
  return heading("What was varied") + html(table);
}

std::string figures(const SweepView& sweep) {
  std::string out;
  int number = 0;
  for (auto& figure : sweep_figures(sweep)) {
    const auto picture = draw(figure, fmt::format("figure{}", ++number));
    out += fmt::format("<figure>\n<h3>{}</h3>\n{}\n<figcaption>{}</figcaption>\n</figure>\n",
                       escaped(figure.title), picture, escaped(figure.caption));
  }
  return out.empty() ? out : heading("Figures") + "<div class=\"figures\">\n" + out + "</div>\n";
}

std::string known_values(const SweepView& sweep) {
  std::string out;
  for (const auto& v : sweep.collected())
    if (const auto table = estimate_table(sweep, v); !table.rows.empty())
      out += heading("Measured and known: " + v.name) + "<p>" + escaped(v.long_name) + "</p>\n" +
             html(table);
  return out;
}

std::string failures(const SweepView& sweep) {
  HtmlTable table{.head = {}, .numeric = {}};
  for (const auto& a : sweep.axes()) table.head.push_back(a.label());
  table.head.insert(table.head.end(), {"outcome", "message"});
  const auto messages = sweep.messages();
  std::size_t n = 0;
  for (std::size_t i = 0; i < sweep.members(); ++i) {
    const auto& end = sweep.outcome(i);
    if (end == "complete" || end == "event" || end == "not_run") continue;
    if (++n > most_failures) continue;
    std::vector<std::string> row;
    const auto at = sweep.indices(i);
    for (std::size_t a = 0; a < at.size(); ++a) row.push_back(sweep.axes()[a].text(at[a]));
    row.insert(row.end(), {end, messages[i]});
    table.rows.push_back(std::move(row));
  }
  if (n == 0) return heading("Failures") + "<p>No member failed or stopped early.</p>\n";
  std::string out = heading("Failures") + html(table);
  if (n > most_failures)
    out += fmt::format("<p>The first {} of {}; outcome and message in the file have all.</p>\n",
                       most_failures, n);
  return out;
}

std::string numbers(const SweepView& sweep) {
  HtmlTable table{.head = {"variable", "unit", "further axes", "meaning"}};
  for (const auto& v : sweep.collected())
    table.rows.push_back({v.name, v.unit, fmt::format("{}", fmt::join(v.axes, ", ")),
                          v.long_name + "; " + v.comment});
  const std::string name = sweep.collected().empty() ? "outcome" : sweep.collected().front().name;
  return heading("What was collected") + html(table) + heading("Read the numbers") +
         fmt::format(
             "<p>Every number of this page is in sweep.h5. In Python:</p>\n"
             "<pre>import xarray as xr\n"
             "sweep = xr.open_dataset(&quot;sweep.h5&quot;)\n"
             "sweep[&quot;{0}&quot;].where(sweep.outcome == 0)  # members that reached their "
             "end</pre>\n",
             escaped(name));
}

std::string origin(const SweepView& sweep) {
  std::string out;
  HtmlTable table;
  for (const auto& [name, value] : sweep.file().attributes("/provenance")) {
    if (name == "config" || name == "first_member_config")
      out += collapsible(name == "config" ? "The sweep file"
                                          : "Configuration of the first member, with every default",
                         "<pre>" + escaped(to_text(value)) + "</pre>\n");
    else
      table.rows.push_back({name, to_text(value)});
  }
  return heading("Configuration and provenance") + out + collapsible("Provenance", html(table));
}

std::string file_in(const std::string& directory) {
  const fs::path path(directory);
  return (fs::is_directory(path) ? path / "sweep.h5" : path).string();
}

}  // namespace

bool holds_sweep(const std::string& directory) {
  std::error_code ignored;
  const fs::path path(directory);
  if (path.filename() == "sweep.h5") return fs::exists(path, ignored);
  return fs::exists(path / "sweep.h5", ignored) && !fs::exists(path / "result.h5", ignored);
}

std::string write_sweep_report(const std::string& directory) {
  const SweepView sweep(file_in(directory));
  const auto body = head(sweep) + keys(sweep) + axes(sweep) + known_values(sweep) + figures(sweep) +
                    failures(sweep) + numbers(sweep) + origin(sweep);
  const auto path = (fs::path(sweep.file().path()).parent_path() / "report.html").string();
  write_text_file(path, page(sweep.text("title"), body));
  return path;
}

std::string sweep_info_text(const std::string& directory) {
  const SweepView sweep(file_in(directory));
  std::string text = fmt::format("{}\n{}\n{}: {}\n", sweep.text("title"), sweep.text("summary"),
                                 sweep.text("status"), sweep.text("status_reason"));
  text += "\nmembers\n";
  for (const auto& [name, n] : ends_of(sweep)) text += fmt::format("  {:<22}{}\n", name, n);
  text += "\naxes\n";
  for (const auto& a : sweep.axes())
    text += fmt::format("  {:<22}{} values, {}\n", a.name, a.size(), a.range());
  text += "\ncollected\n";
  for (const auto& v : sweep.collected()) text += fmt::format("  {:<22}{}\n", v.name, v.label());
  return text;
}

std::string sweep_info_json(const std::string& directory) {
  const SweepView sweep(file_in(directory));
  nlohmann::ordered_json j{{"schema", "thalweg-sweep-info-1"},
                           {"file", sweep.file().path()},
                           {"title", sweep.text("title")},
                           {"status", sweep.text("status")},
                           {"status_reason", sweep.text("status_reason")},
                           {"members", sweep.members()},
                           {"outcomes", ends_of(sweep)}};
  j["axes"] = nlohmann::ordered_json::array();
  for (const auto& a : sweep.axes())
    j["axes"].push_back({{"name", a.name}, {"size", a.size()}, {"unit", a.unit}});
  j["collected"] = nlohmann::ordered_json::array();
  for (const auto& v : sweep.collected())
    j["collected"].push_back(
        {{"name", v.name}, {"unit", v.unit}, {"long_name", v.long_name}, {"axes", v.axes}});
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace thalweg
