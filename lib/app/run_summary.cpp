#include <thalweg/app/run_summary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/core/with_error.hpp>
#include <vector>

namespace thalweg {

namespace {

std::vector<std::string> files(const RunSummary& summary) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code ignored;
  const auto add = [&](const char* name) {
    const auto path = fs::path(summary.directory) / name;
    if (fs::exists(path, ignored)) paths.push_back(path.string());
  };
  for (const char* name : {"report.html", "pictures"}) add(name);
  std::vector<std::string> animations;
  for (const auto& entry : fs::directory_iterator(summary.directory, ignored))
    if (entry.path().extension() == ".gif") animations.push_back(entry.path().string());
  std::sort(animations.begin(), animations.end());
  paths.insert(paths.end(), animations.begin(), animations.end());
  for (const char* name : {"result.h5", "result.xdmf", "run.toml", "checkpoint"}) add(name);
  return paths;
}

std::string numbers(const std::vector<double>& values, const char* format) {
  std::string text;
  for (const double v : values)
    text += (text.empty() ? "" : ", ") + fmt::format(fmt::runtime(format), v);
  return text;
}

template <class Row>
void sampling_rows(const RunSummary& summary, Row row) {
  const auto& s = *summary.sampling;
  row("sampler", summary.solver);
  row("chains", fmt::format("{}", s.chains));
  row("warm-up", fmt::format("{} transitions of each chain", s.warmup));
  row("draws", fmt::format("{} of each chain", s.draws));
  if (s.temperature != 1.0) row("temperature", fmt::format("{:g}", s.temperature));
  row("step size", numbers(s.step_size, "{:.3g}"));
  // Methods without correction accept nothing and reject nothing.
  const bool corrected = std::any_of(s.acceptance.begin(), s.acceptance.end(),
                                     [](double a) { return !std::isnan(a); });
  if (s.draws > 0 && corrected) row("acceptance", numbers(s.acceptance, "{:.3f}"));
  row("divergences", fmt::format("{}", s.divergences));
  if (s.temperatures.empty()) return;
  row("temperatures", numbers(s.temperatures, "{:.3g}"));
  if (s.draws > 0) row("swap rates", numbers(s.swap_rates, "{:.2f}"));
  row("round trips", fmt::format("{} of all chains", s.round_trips));
}

template <class Row>
void estimate_rows(const EstimateSummary& estimates, Row row) {
  for (const auto& n : estimates.numbers)
    row(n.unit.empty() ? n.long_name : fmt::format("{} [{}]", n.long_name, n.unit),
        !n.standard_error                  ? fmt::format("{:.6g}", n.value)
        : std::isfinite(*n.standard_error) ? with_error(n.value, *n.standard_error)
                                           : fmt::format("{:.6g}, error unknown", n.value));
}

template <class Row>
void plane_rows(const RunSummary& summary, Row row) {
  const auto& p = *summary.plane;
  row("points", fmt::format("{} x {}, {} level{}", p.resolution, p.resolution, p.levels.size(),
                            p.levels.size() == 1 ? "" : "s"));
  for (std::size_t k = 0; k < p.levels.size(); ++k) {
    const auto& l = p.levels[k];
    row(fmt::format("level {}", k),
        fmt::format("({:.9g}, {:.9g}) width {:.3g}: {} cells of boundary, dimension {:.3f}",
                    l.centre[0], l.centre[1], l.width[0], l.boundary_cells, l.dimension));
  }
  if (p.slopes > 0)
    row("box dimension", fmt::format("{:.3f}, quartiles {:.3f} and {:.3f} of {} slopes",
                                     p.dimension, p.lower_quartile, p.upper_quartile, p.slopes));
  for (std::size_t k = 0; k < p.scales.size(); ++k) {
    const auto& s = p.scales[k];
    row(fmt::format("boxes of {:.3g}", s.side[0]),
        s.boxes_error == 0.0  // all of them were looked at, no windows drawn
            ? fmt::format("{:.4g} meet the boundary, dimension {:.3f}", s.boxes, s.dimension)
            : fmt::format("{:.4g} +- {:.2g} meet the boundary, dimension {:.3f} +- {:.3f}", s.boxes,
                          s.boxes_error, s.dimension, s.dimension_error));
  }
  if (!p.scales.empty())
    row("of the whole boundary",
        fmt::format("dimension {:.3f} +- {:.3f}", p.whole_dimension, p.whole_dimension_error));
  row(p.work_unit, fmt::format("{}", p.work));
}

}  // namespace

std::string summary_text(const RunSummary& summary) {
  std::string text = fmt::format("{}: {}\n", name(summary.outcome), summary.message);
  for (const auto& quality : summary.quality_messages) text += quality + "\n";
  for (const auto& verdict : summary.verdicts) text += verdict + "\n";

  std::vector<std::pair<std::string, std::string>> table;
  const auto row = [&](const std::string& what, std::string value) {
    table.emplace_back(what, std::move(value));
  };
  const auto count = [&](const char* what, std::int64_t n) {
    if (n > 0) row(what, fmt::format("{}", n));
  };
  if (summary.sampling) {
    sampling_rows(summary, row);
  } else if (summary.evidence) {
    row("sampler", summary.solver);
    estimate_rows(*summary.evidence, row);
  } else if (summary.lyapunov) {
    estimate_rows(*summary.lyapunov, row);
  } else if (summary.plane) {
    plane_rows(summary, row);
  } else {
    const auto tries = summary.steps.accepted + summary.steps.rejected;
    if (!summary.solver.empty()) row("solver", summary.solver);
    row(summary.time_name, fmt::format("{:.10g}", summary.t));
    row("accepted steps", fmt::format("{}", summary.steps.accepted));
    row("rejected steps", fmt::format("{} ({:.1f} %)", summary.steps.rejected,
                                      100.0 * static_cast<double>(summary.steps.rejected) /
                                          static_cast<double>(std::max<std::int64_t>(tries, 1))));
  }
  count("right-hand sides", summary.calls.rhs);
  count("values", summary.calls.values);
  count("gradients", summary.calls.gradients);
  count("Hessian products", summary.calls.hessian_products);
  count("Jacobian products", summary.calls.jvp);
  row("seconds", fmt::format("{:.3g}", summary.seconds));
  if (summary.seconds_of_rows > 0.05 * summary.seconds)
    row("of them for rows", fmt::format("{:.3g}", summary.seconds_of_rows));
  for (const auto& [series, rows] : summary.rows) row("rows of " + series, fmt::format("{}", rows));
  std::size_t width = 0;
  for (const auto& [what, value] : table) width = std::max(width, what.size());
  for (const auto& [what, value] : summary.final_values) width = std::max(width, what.size());

  for (const auto& [what, value] : table) text += "  " + pad(what, width + 2) + value + "\n";
  if (!summary.final_values.empty()) {
    text += "final values\n";
    for (const auto& [what, value] : summary.final_values)
      text += fmt::format("  {}{:.10g}\n", pad(what, width + 2), value);
  }
  if (!summary.notices.empty()) text += "notes\n";
  for (const auto& notice : summary.notices) text += "  " + notice + "\n";
  if (!summary.warnings.empty()) text += "warnings\n";
  for (const auto& warning : summary.warnings) text += "  " + warning + "\n";
  text += "files\n";
  for (const auto& path : files(summary)) text += "  " + path + "\n";
  return text;
}

std::string summary_json(const RunSummary& summary, int exit_code) {
  nlohmann::ordered_json j;
  j["schema"] = "thalweg-run-1";
  j["outcome"] = name(summary.outcome);
  j["message"] = summary.message;
  j["exit_code"] = exit_code;
  j["directory"] = summary.directory;
  j["solver"] = summary.solver;
  j["t"] = summary.t;
  j["seconds"] = summary.seconds;
  j["seconds_of_rows"] = summary.seconds_of_rows;
  j["steps"] = {{"accepted", summary.steps.accepted}, {"rejected", summary.steps.rejected}};
  j["calls"] = {{"rhs", summary.calls.rhs},
                {"values", summary.calls.values},
                {"gradients", summary.calls.gradients},
                {"hessian_products", summary.calls.hessian_products},
                {"jacobian_products", summary.calls.jvp}};
  if (summary.sampling) {
    const auto& s = *summary.sampling;
    j["sampling"] = {
        {"chains", s.chains},           {"warmup", s.warmup},           {"draws", s.draws},
        {"temperature", s.temperature}, {"divergences", s.divergences}, {"step_size", s.step_size},
        {"acceptance", s.acceptance}};
    if (!s.temperatures.empty()) {
      j["sampling"]["temperatures"] = s.temperatures;
      j["sampling"]["swap_rates"] = s.swap_rates;
      j["sampling"]["round_trips"] = s.round_trips;
    }
  }
  for (const auto& [key, estimates] :
       {std::pair{"evidence", &summary.evidence}, {"lyapunov", &summary.lyapunov}}) {
    if (!*estimates) continue;
    j[key] = nlohmann::ordered_json::object();
    for (const auto& n : (*estimates)->numbers) {
      j[key][n.name] = n.value;
      if (n.standard_error) j[key][n.name + "_error"] = *n.standard_error;
    }
  }
  if (summary.plane) {
    const auto& s = *summary.plane;
    const auto number = [](double x) {
      return std::isfinite(x) ? nlohmann::ordered_json(x) : nlohmann::ordered_json();
    };
    j["plane"] = {{"resolution", s.resolution},
                  {"dimension", number(s.dimension)},
                  {"lower_quartile", number(s.lower_quartile)},
                  {"upper_quartile", number(s.upper_quartile)},
                  {"whole_dimension", number(s.whole_dimension)},
                  {"whole_dimension_error", number(s.whole_dimension_error)},
                  {"work", s.work},
                  {"work_unit", s.work_unit},
                  {"scales", nlohmann::ordered_json::array()},
                  {"levels", nlohmann::ordered_json::array()}};
    for (const auto& k : s.scales)
      j["plane"]["scales"].push_back({{"side", k.side},
                                      {"boxes", number(k.boxes)},
                                      {"boxes_error", number(k.boxes_error)},
                                      {"dimension", number(k.dimension)},
                                      {"dimension_error", number(k.dimension_error)}});
    for (const auto& l : s.levels)
      j["plane"]["levels"].push_back({{"centre", l.centre},
                                      {"width", l.width},
                                      {"boundary_cells", l.boundary_cells},
                                      {"positive_share", l.positive_share},
                                      {"dimension", number(l.dimension)}});
  }
  j["final_values"] = nlohmann::ordered_json::object();
  for (const auto& [what, value] : summary.final_values) j["final_values"][what] = value;
  j["rows"] = nlohmann::ordered_json::object();
  for (const auto& [series, rows] : summary.rows) j["rows"][series] = rows;
  j["quality_met"] = summary.quality_met;
  j["quality_messages"] = summary.quality_messages;
  j["verdicts"] = summary.verdicts;
  j["notices"] = summary.notices;
  j["warnings"] = summary.warnings;
  j["files"] = files(summary);
  // A file name may hold bytes that are not UTF-8.
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace thalweg
