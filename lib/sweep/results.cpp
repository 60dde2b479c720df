#include <thalweg/sweep/results.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <thalweg/diagnose/diagnosis.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr const char* diagnosis_group = "diagnosis";  // of no file: it is computed

Variable number(const char* name, const char* long_name) {
  return {.name = name, .long_name = long_name};
}

SeriesSchema diagnosis_schema() {
  return {.name = "draws",
          .variables = {number("rhat_max", "largest R-hat of the parameters"),
                        number("ess_bulk_min", "smallest bulk ESS of the parameters"),
                        number("ess_tail_min", "smallest tail ESS of the parameters"),
                        number("rhat_functions_max", "largest R-hat of the functions"),
                        number("ess_functions_min", "smallest ESS, bulk or tail, of the functions"),
                        number("divergences", "divergent trajectories"),
                        number("acceptance", "mean acceptance of the chains"),
                        number("bfmi_min", "smallest E-BFMI of a chain"),
                        number("mean_lp", "mean of the log joint density"),
                        number("mean_lp_error", "standard error of that mean")},
          .time_axis = "",
          .group = diagnosis_group};
}

/// Name -> value or values.
using Numbers = std::map<std::string, std::vector<double>>;

Numbers numbers_of_draws(const std::string& directory) {
  Numbers all;
  DiagnoseOptions options;
  options.keep_all = true;
  const auto d = diagnose(DrawsFile(directory), options);
  double rhat = nan, bulk = nan, tail = nan, rhat_functions = nan, ess_functions = nan;
  for (const auto& v : d.parameters) {
    rhat = std::fmax(rhat, v.rhat_max);
    bulk = std::fmin(bulk, v.ess_bulk_min);
    tail = std::fmin(tail, v.ess_tail_min);
    for (const auto& e : v.kept) {
      all["mean_" + v.name].push_back(e.summary.mean);
      all["sd_" + v.name].push_back(e.summary.sd);
      all["mean_" + v.name + "_error"].push_back(e.summary.mcse_mean);
    }
  }
  for (const auto& v : d.functions) {
    rhat_functions = std::fmax(rhat_functions, v.rhat_max);
    ess_functions = std::fmin(ess_functions, std::fmin(v.ess_bulk_min, v.ess_tail_min));
    if (v.name == "lp" && !v.kept.empty()) {
      all["mean_lp"] = {v.kept.front().summary.mean};
      all["mean_lp_error"] = {v.kept.front().summary.mcse_mean};
    }
  }
  double acceptance = 0.0, bfmi = nan;
  for (const auto& c : d.by_chain) {
    acceptance += c.acceptance / static_cast<double>(d.by_chain.size());
    bfmi = std::fmin(bfmi, c.bfmi);
  }
  all["rhat_max"] = {rhat};
  all["ess_bulk_min"] = {bulk};
  all["ess_tail_min"] = {tail};
  all["rhat_functions_max"] = {rhat_functions};
  all["ess_functions_min"] = {ess_functions};
  all["divergences"] = {d.tells_divergences ? static_cast<double>(d.divergences) : nan};
  all["acceptance"] = {acceptance};
  all["bfmi_min"] = {bfmi};
  return all;
}

}  // namespace

std::vector<SeriesSchema> collectable(const CheckedRun& checked) {
  const bool draws = std::any_of(checked.results.begin(), checked.results.end(),
                                 [](const auto& s) { return s.chains > 0; });
  if (!draws) return checked.results;
  std::vector<SeriesSchema> all{diagnosis_schema()};
  SeriesSchema parameters{
      .name = "parameters", .variables = {}, .time_axis = "", .group = diagnosis_group};
  for (const auto& s : checked.results) {
    if (s.group != "/posterior") continue;
    for (const auto& v : s.variables) {
      const auto add = [&](std::string name, const std::string& long_name) {
        auto more = v;
        more.name = std::move(name);
        more.long_name = long_name + v.long_name;
        parameters.variables.push_back(std::move(more));
      };
      add("mean_" + v.name, "posterior mean of ");
      add("sd_" + v.name, "posterior standard deviation of ");
      add("mean_" + v.name + "_error", "Monte Carlo standard error of the mean of ");
    }
  }
  if (!parameters.variables.empty()) all.push_back(std::move(parameters));
  return all;
}

void read_results(const std::string& directory, const std::vector<Collected>& collected,
                  Collector& to) {
  const auto file = h5::File::open((std::filesystem::path(directory) / "result.h5").string());
  const bool draws = std::any_of(collected.begin(), collected.end(),
                                 [](const auto& c) { return c.group == diagnosis_group; });
  const Numbers diagnosed = draws ? numbers_of_draws(directory) : Numbers{};
  for (const auto& c : collected) {
    if (!c.once) continue;
    if (c.group == diagnosis_group) {
      const auto at = diagnosed.find(c.variable.name);
      if (at != diagnosed.end()) to.put(c.group, c.variable.name, at->second);
    } else if (const auto path = c.group + "/" + c.variable.name; file.exists(path)) {
      to.put(c.group, c.variable.name, file.read(path));
    }
  }
}

}  // namespace thalweg
