#include <thalweg/run/analyze.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <sstream>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/config/describe_fields.hpp>
#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/report/report.hpp>
#include <thalweg/run/analysis.hpp>
#include <thalweg/run/run_metadata.hpp>
#include <thalweg/run/stored_states.hpp>
#include <thalweg/run/time_meaning.hpp>

namespace thalweg {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string text_attribute(const h5::File& file, const char* object, const char* name) {
  const auto value = file.attribute(object, name);
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text ? *text : "";
}

// An analysis with its options, as the user gave them.
struct Chosen {
  std::string method, name, options;  // name: of file and series; the options: all fields as TOML
  Analysis make;
  std::vector<Quantity> quantities{};
};

std::vector<Chosen> choose(const AnalyzeRequest& request) {
  const auto names = analysis_names(request.what);
  if (!request.name.empty() && names.size() > 1)
    throw ConfigError(fmt::format("--name {}: one name for {}; say which analysis", request.name,
                                  fmt::join(names, " and ")));
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!std::all_of(request.name.begin(), request.name.end(), fits))
    throw ConfigError("--name " + request.name + " must consist of letters, digits and _");
  std::vector<Config> configs(names.size(), Config::from_text("", "analyze"));
  for (const auto& assignment : request.set) {
    const auto key = assignment.substr(0, assignment.find_first_of("=.["));
    std::vector<std::string> known;
    bool used = false;
    for (std::size_t i = 0; i < names.size(); ++i)
      for (const auto& row : describe_fields(analyses().at(names[i]).describe)) {
        known.push_back(row.key);
        if (row.key != key) continue;
        configs[i].set(assignment);
        used = true;
      }
    if (!used)
      throw ConfigError(fmt::format("--set {}: \"{}\" is not an option of {}{}", assignment, key,
                                    fmt::join(names, " or "), name_hint(key, known)));
  }
  std::vector<Chosen> all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ConfigReader reader(configs[i]);
    auto make = analyses().at(names[i]).make(reader);
    reader.finish();
    all.push_back({.method = names[i],
                   .name = request.name.empty() ? names[i] : request.name,
                   .options = reader.resolved(),
                   .make = std::move(make)});
  }
  return all;
}

// "largest = 5, smallest = 1" of TOML with comments.
std::string values_only(const std::string& toml) {
  std::istringstream lines(toml);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    line = line.substr(0, line.find("  # "));
    if (!line.empty()) text += (text.empty() ? "" : ", ") + line;
  }
  return text;
}

// Puts one analysis of all states into its file.
class Pass {
 public:
  Pass(Assembly& parts, const RunDirectory& directory, const h5::File& result,
       const AnalyzeRequest& request)
      : parts_(parts), directory_(directory), result_(result), request_(request) {}

  // False when a signal ended it.
  bool run(Chosen chosen, const std::vector<StoredState>& states, AnalyzeSummary::Result& summary) {
    const auto begin = Clock::now();
    for (auto& q : chosen.quantities)
      if (q.accumulator) q.accumulator->start(parts_.t0, parts_.context->x0);
    auto output = open(chosen, states, summary);
    last_checkpoint_ = Clock::now();
    AnalyzeProgress progress{chosen.name, summary.rows, summary.states, 0};
    const auto keep = [&] {
      output.publish();
      save_checkpoint(directory_.analysis_folder(), save(chosen, states, summary),
                      sha256(identity(chosen)), chosen.name);
      last_checkpoint_ = Clock::now();
    };
    parts_.context->on_products = [&](Index n) {
      summary.products += n;
      progress.products += n;
      if (request_.on_progress) request_.on_progress(progress);
      if (output.publish_due()) output.publish();
      if (stopped()) throw StopInside{Outcome::interrupted, "stopped by a signal"};
    };
    Probe probe(parts_.motion);
    Index products_of_rows = summary.products;
    RunStatus status{.status = name(Outcome::complete), .reason = "all states are analysed"};
    if (summary.rows > 0) status.t_reached = states[static_cast<std::size_t>(summary.rows) - 1].t;
    try {
      for (auto at = static_cast<std::size_t>(summary.rows); at < states.size(); ++at) {
        const auto& state = states[at];
        if (stopped()) throw StopInside{Outcome::interrupted, "stopped by a signal"};
        ++progress.state;
        progress.products = 0;
        probe.move_to(state.t, state.step, read_state(result_, state));
        output.append(0, state.t, state.step, row(chosen.quantities, probe, state, summary));
        status.t_reached = state.t;
        ++summary.rows;
        products_of_rows = summary.products;
        if (std::chrono::duration<double>(Clock::now() - last_checkpoint_).count() >
            parts_.config.output.checkpoint_every)
          keep();
        if (output.publish_due()) output.publish();
        if (request_.on_progress) request_.on_progress(progress);
      }
    } catch (const StopInside& stop) {
      status.status = name(stop.outcome);
      status.reason =
          fmt::format("{} after {} of {} states", stop.message, summary.rows, summary.states);
      summary.products = products_of_rows;  // those of a row broken off are made again
      keep();
    }
    parts_.context->on_products = {};
    if (summary.failed > 0)
      status.reason +=
          fmt::format("\n{} rows have no numbers: {}", summary.failed, summary.failure);
    if (summary.unconverged > 0)
      status.reason += fmt::format("\n{} of {} eigenpairs did not converge and are NaN",
                                   summary.unconverged, summary.sought);
    status.counts = {{"hessian_products", summary.products}};
    for (const auto& q : chosen.quantities)
      if (q.accumulator && summary.rows > 0) {
        summary.passed = summary.passed && q.accumulator->passed();
        for (auto& text : q.accumulator->verdicts()) {
          status.reason += "\n" + text;
          summary.verdicts.push_back(std::move(text));
        }
      }
    output.finish(status);
    if (status.status == name(Outcome::complete))
      remove_checkpoint(directory_.analysis_folder(), chosen.name);
    summary.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return status.status == name(Outcome::complete);
  }

 private:
  [[nodiscard]] bool stopped() const { return request_.stop_signal && *request_.stop_signal; }

  // A result begun, or the one that an interrupted command has left and that `summary` then counts.
  RunOutput open(const Chosen& chosen, const std::vector<StoredState>& states,
                 AnalyzeSummary::Result& summary) {
    const auto folder = directory_.analysis_folder();
    RunOutput::Options options;
    options.file = chosen.name + ".h5";
    if (!request_.force && fs::exists(folder + "/" + options.file) &&
        has_checkpoint(folder, chosen.name)) {
      const auto saved = load_checkpoint(folder, chosen.name);
      load(saved.archive, chosen, summary);
      const auto rows = static_cast<std::size_t>(summary.rows);
      const bool same = rows <= states.size() &&
                        (rows == 0 || (states[rows - 1].t == saved.archive.real("t") &&
                                       states[rows - 1].step == saved.archive.integer("step")));
      if (!same || saved.config_sha256 != sha256(identity(chosen)))
        throw ConfigError(
            fmt::format("{}/{} was interrupted with other options or of other states: --force "
                        "computes it anew, --name NAME keeps it and writes another",
                        folder, options.file));
      summary.earlier = summary.rows;
      return RunOutput::reopen(folder, metadata(chosen), {schema(chosen)}, {summary.rows}, options);
    }
    directory_.remove_analysis(chosen.name);
    fs::create_directories(folder);
    return RunOutput::create(folder, metadata(chosen), {schema(chosen)}, options);
  }

  [[nodiscard]] std::string identity(const Chosen& chosen) const {
    return fmt::format("{}\n{}\nevery {}\n{}", chosen.method, chosen.options, request_.every,
                       parts_.parent_run_id);
  }

  // After a row, or inside one that was broken off: an analysis remembers whole rows only.
  static Archive save(const Chosen& chosen, const std::vector<StoredState>& states,
                      const AnalyzeSummary::Result& r) {
    Archive a;
    for (const auto& q : chosen.quantities)
      if (q.accumulator) q.accumulator->save(a);
    if (r.rows > 0) {
      const auto& last = states[static_cast<std::size_t>(r.rows) - 1];
      a.put("t", last.t);
      a.put("step", last.step);
    }
    a.put("rows", r.rows);
    a.put("products", r.products);
    a.put("sought", r.sought);
    a.put("unconverged", r.unconverged);
    a.put("failed", r.failed);
    a.put("failure", r.failure);
    return a;
  }

  static void load(const Archive& a, const Chosen& chosen, AnalyzeSummary::Result& r) {
    for (const auto& q : chosen.quantities)
      if (q.accumulator) q.accumulator->load(a);
    r.rows = a.integer("rows");
    r.products = a.integer("products");
    r.sought = a.integer("sought");
    r.unconverged = a.integer("unconverged");
    r.failed = a.integer("failed");
    r.failure = a.text("failure");
  }

  // Where the numbers fail, the rest of the row is NaN (an integer 0) and the next state is tried.
  Vec row(const std::vector<Quantity>& quantities, Probe& probe, const StoredState& state,
          AnalyzeSummary::Result& summary) {
    Index size = 1;
    for (const auto& q : quantities) size += q.variable.size();
    Vec all(size);
    Index at = 0;
    bool failed = false;
    for (const auto& q : quantities) {
      auto out = all.segment(at, q.variable.size());
      at += q.variable.size();
      try {
        if (!failed) q.compute(probe, *parts_.stepper, out);
      } catch (const SolveError& e) {
        failed = true;
        if (summary.failed++ == 0)
          summary.failure = fmt::format("{} at t = {:g}", e.what(), state.t);
      }
      if (failed)
        out.setConstant(q.variable.type == Variable::Type::integer
                            ? 0.0
                            : std::numeric_limits<double>::quiet_NaN());
      if (q.variable.name == "converged" && !failed) {
        summary.sought += out.size();
        summary.unconverged += (out.array() == 0.0).count();
      }
    }
    all[at] = static_cast<double>(state.origin);
    return all;
  }

  [[nodiscard]] SeriesSchema schema(const Chosen& chosen) const {
    SeriesSchema s{.name = chosen.name, .variables = {}};
    s.time_name = time_axis_name(parts_.context->time_unit);
    s.comment = "rows are taken at stored states of the run";
    for (const auto& q : chosen.quantities) s.variables.push_back(q.variable);
    Variable origin{.name = "origin", .long_name = "which stored state this is"};
    origin.type = Variable::Type::integer;
    origin.flag_meanings = {"initial", "recorded", "event", "final"};
    s.variables.push_back(std::move(origin));
    return s;
  }

  [[nodiscard]] Metadata metadata(const Chosen& chosen) const {
    auto m = run_metadata(parts_, request_.arguments);
    m.title += ": " + chosen.name;
    m.summary = fmt::format("{} of the states stored in {}", chosen.method, m.summary);
    m.attributes["analysis"] = chosen.method;
    m.attributes["analysis_options"] = values_only(chosen.options);
    return m;
  }

  Assembly& parts_;
  const RunDirectory& directory_;
  const h5::File& result_;
  const AnalyzeRequest& request_;
  Clock::time_point last_checkpoint_{};
};

std::vector<StoredState> thinned(const std::vector<StoredState>& states, Index every) {
  std::vector<StoredState> kept;
  for (std::size_t i = 0; i < states.size(); ++i)
    if (i % static_cast<std::size_t>(every) == 0 || i + 1 == states.size())
      kept.push_back(states[i]);
  return kept;
}

void refuse_existing(const RunDirectory& directory, const std::string& name) {
  const auto path = directory.analysis_folder() + "/" + name + ".h5";
  if (fs::exists(path) && !has_checkpoint(directory.analysis_folder(), name))
    throw IoError(
        fmt::format("{} exists already ({}): --force computes it anew, --name NAME keeps "
                    "it and writes another",
                    path, text_attribute(h5::File::open(path), "/", "status")));
}

// Of several analyses, those that the model offers; one alone must be offered.
void make_quantities(std::vector<Chosen>& chosen, Assembly& parts, const std::string& place,
                     const std::function<void(std::string)>& warn) {
  std::string first;
  for (auto c = chosen.begin(); c != chosen.end();) {
    try {
      c->quantities = c->make(*parts.context, c->name);
      ++c;
    } catch (const ModelError& e) {
      if (first.empty()) first = e.what();
      if (chosen.size() > 1) warn(fmt::format("left out: {}", e.what()));
      c = chosen.erase(c);
    }
  }
  if (chosen.empty()) throw ConfigError(place + ": " + first);
}

void require_same_data(const Assembly& parts, const h5::File& result) {
  const auto then = text_attribute(result, "/provenance", "data_sha256");
  if (then.empty() || !parts.motion.potential()) return;
  for (const auto& [name, now] : parts.motion.potential()->facts())
    if (name == "data_sha256" && now != then)
      throw ConfigError(
          fmt::format("{}: the data have changed since the run (SHA-256 {}, now {}); put them back",
                      result.path(), then, now));
}

}  // namespace

int AnalyzeSummary::exit_code(int signal, bool strict) const {
  if (interrupted) return signal > 0 ? 128 + signal : 6;
  const auto any = [&](auto count) {
    return std::any_of(results.begin(), results.end(),
                       [&](const Result& r) { return r.*count > 0; });
  };
  if (any(&Result::failed)) return 3;
  if (any(&Result::unconverged)) return 4;
  const bool passed = std::ranges::all_of(results, &Result::passed);
  return strict && !passed ? 4 : 0;
}

std::vector<std::string> analysis_names(const std::string& what) {
  if (analyses().find(what)) return {what};
  std::vector<std::string> names;
  for (const auto& name : analyses().names())
    if (what.empty() || name.starts_with(what + "_")) names.push_back(name);
  if (!names.empty()) return names;
  auto known = analyses().names();
  for (const auto& name : analyses().names()) {
    const auto begin = name.substr(0, name.find('_'));
    if (std::find(known.begin(), known.end(), begin) == known.end()) known.push_back(begin);
  }
  throw ConfigError("unknown analysis \"" + what + "\"" + name_hint(what, known));
}

AnalyzeSummary analyze(const AnalyzeRequest& request) {
  auto chosen = choose(request);
  const auto directory = RunDirectory::open(request.directory);
  const auto result = h5::File::open(directory.file("result.h5"));
  if (text_attribute(result, "/", "status") == "running")
    throw ConfigError(fmt::format(
        "the run in {0} is not finished (status running); finish it first with thalweg resume {0}",
        directory.path()));
  const auto config = text_attribute(result, "/provenance", "config");
  if (config.empty())
    throw IoError(result.path() +
                  ": it has no configuration in /provenance, so its model cannot be "
                  "built again");

  // The model as the run had it; where it started is in the file.
  const auto start = result.read("/initial/state");
  const Vec x0 = Eigen::Map<const Vec>(start.data(), static_cast<Index>(start.size()));
  Assembly parts(Config::from_text(config, result.path() + " (config)"), &x0);
  require_same_data(parts, result);
  AnalyzeSummary summary;
  const auto warn = [&](std::string text) {
    if (request.on_notice) request.on_notice(text);
    summary.warnings.push_back(std::move(text));
  };
  make_quantities(chosen, parts, directory.path(), warn);
  if (!request.force)
    for (const auto& c : chosen) refuse_existing(directory, c.name);
  parts.parent_run_id = text_attribute(result, "/provenance", "run_id");

  const auto all = stored_states(result, parts.motion.dim(), parts.t0);
  const auto states = thinned(all, request.every);
  const bool recorded = std::any_of(all.begin(), all.end(), [](const StoredState& s) {
    return s.origin == StoredState::Origin::recorded;
  });
  if (!directory.warning().empty()) warn(directory.warning());
  if (!recorded)
    warn(
        "the run stored no states on its way, only where it started and ended; to analyse the way, "
        "run it with a [[record]] that has what = [\"state\"]");

  Pass pass(parts, directory, result, request);
  for (auto& c : chosen) {
    auto& r = summary.results.emplace_back();
    r.name = c.name;
    r.file = directory.analysis_folder() + "/" + c.name + ".h5";
    r.states = static_cast<Index>(states.size());
    summary.interrupted = !pass.run(std::move(c), states, r);
    if (summary.interrupted) break;
  }
  if (parts.config.output.report) {
    try {
      write_report(directory.path());
    } catch (const std::exception& e) {  // the results are whole without it
      warn(fmt::format("there is no report: {}", e.what()));
    }
  }
  return summary;
}

}  // namespace thalweg
