// analyze: the states that a run has stored, one analysis after another.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/progress_bar.hpp>
#include <thalweg/app/signals.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/run/analyze.hpp>
#include <thalweg/sweep/sweep.hpp>

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

namespace thalweg {

namespace {

Index parse_every(const std::string& text) {
  Index n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 1)
    throw ConfigError("--every = " + text + " must be a whole number >= 1");
  return n;
}

std::string text_of(const AnalyzeSummary& summary) {
  std::string text;
  for (const auto& r : summary.results) {
    text += fmt::format(
        "{}: {} of {} states{}, {} Hessian products, {:.3g} s\n", r.name, r.rows, r.states,
        r.earlier > 0 ? fmt::format(", {} of them earlier", r.earlier) : "", r.products, r.seconds);
    if (r.sought > 0)
      text += fmt::format("  {} of {} eigenpairs converged\n", r.sought - r.unconverged, r.sought);
    for (const auto& verdict : r.verdicts) text += "  " + verdict + "\n";
    text += "  " + r.file + "\n";
  }
  return text;
}

std::string json_of(const AnalyzeSummary& summary, const std::string& run, int exit_code) {
  nlohmann::ordered_json j{{"schema", "thalweg-analyze-1"},
                           {"run", run},
                           {"exit_code", exit_code},
                           {"interrupted", summary.interrupted}};
  j["analyses"] = nlohmann::ordered_json::array();
  for (const auto& r : summary.results)
    j["analyses"].push_back({{"name", r.name},
                             {"file", r.file},
                             {"group", "/series/" + r.name},
                             {"states", r.states},
                             {"rows", r.rows},
                             {"rows_of_earlier_command", r.earlier},
                             {"hessian_products", r.products},
                             {"eigenpairs", r.sought},
                             {"unconverged", r.unconverged},
                             {"failed_rows", r.failed},
                             {"failure", r.failure},
                             {"verdicts", r.verdicts},
                             {"passed", r.passed},
                             {"seconds", r.seconds}});
  j["warnings"] = summary.warnings;
  // A file name may hold bytes that are not UTF-8.
  return j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void complain_about(const AnalyzeSummary::Result& r, bool strict) {
  if (strict && !r.passed) complain(r.name + ": a verdict is FAIL");
  if (r.failed > 0)
    complain(fmt::format("{}: {} of {} rows have no numbers, the first because {}", r.name,
                         r.failed, r.rows, r.failure));
  if (r.unconverged > 0)
    complain(
        fmt::format("{}: {} of {} eigenpairs did not converge and are NaN; raise max_products "
                    "(--set max_products=2000 --force) or the tolerance",
                    r.name, r.unconverged, r.sought));
}

}  // namespace

int analyze_command(const Options& options) {
  if (is_sweep_directory(options.target))
    throw ConfigError(options.target +
                      " holds a sweep; with keep_runs = true each member can be analyzed in " +
                      shell_word(options.target + "/members"));
  const SignalWatch watch;
  ProgressBar bar(options.quiet, talks_to_terminal());
  AnalyzeRequest request;
  request.directory = options.target;
  request.what = options.second;
  request.set = options.set;
  if (options.name) request.name = *options.name;
  if (options.every) request.every = parse_every(*options.every);
  request.force = options.force;
  request.arguments = options.arguments;
  request.stop_signal = SignalWatch::received();
  request.on_progress = [&](const AnalyzeProgress& p) {
    // A state under way is half done: how many products it will take nobody knows.
    const double fraction =
        (static_cast<double>(p.state) - 0.5) / static_cast<double>(std::max<Index>(p.states, 1));
    bar.update(fraction, fmt::format("{}: state {} of {}, {} Hessian products", p.analysis, p.state,
                                     p.states, p.products));
  };
  request.on_notice = [&](const std::string& text) {
    bar.clear();
    warn(text);
  };
  const auto summary = analyze(request);
  bar.clear();

  const int exit_code = summary.exit_code(*SignalWatch::received(), options.strict);
  print(options.json ? json_of(summary, options.target, exit_code) : text_of(summary));
  for (const auto& r : summary.results) complain_about(r, options.strict);
  if (summary.interrupted)
    complain("stopped by a signal; the same command goes on with the rest, --force begins anew");
  return exit_code;
}

}  // namespace thalweg
