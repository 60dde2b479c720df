#include <thalweg/run/evidence/evidence_output.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/core/error.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double largest_rhat = 1.05;      // of ln p(D|q) at one rung
constexpr double fewest_effective = 10.0;  // particles, for their weighted mean

bool whole(const Vec& works) { return works.size() > 1 && works.array().isFinite().all(); }

}  // namespace

void put_progress(RunOutput& output, const Ladder& ladder, const Works& works) {
  const auto& b = ladder.b();
  Axis axis{.name = "inverse_temperature",
            .size = b.size(),
            .long_name = "inverse temperature b of the likelihood"};
  axis.values.assign(b.begin(), b.end());
  const auto put = [&](const char* name, const char* long_name, const char* unit, auto value) {
    std::vector<double> values(static_cast<std::size_t>(b.size()), nan);
    for (std::size_t i = 0; i < ladder.rungs().size(); ++i) values[i] = value(ladder.rungs()[i]);
    output.put("/ladder",
               Variable{.name = name, .unit = unit, .long_name = long_name, .axes = {axis}},
               values);
  };
  put("mean_log_likelihood", "mean of ln p(D|q) over prior x likelihood^b", "nat",
      [](const Rung& r) { return r.at.mean; });
  put("mean_log_likelihood_error", "standard error of that mean", "nat",
      [](const Rung& r) { return r.at.standard_error; });
  put("variance", "variance of ln p(D|q)", "nat^2", [](const Rung& r) { return r.at.variance; });
  put("rhat", "R-hat of ln p(D|q)", "1", [](const Rung& r) { return r.rhat; });
  put("effective_size", "effective draws for the mean of ln p(D|q)", "1",
      [](const Rung& r) { return r.ess; });
  put("step_size", "step size of the first chain's sampler", "1",
      [](const Rung& r) { return r.tuning.step_size > 0.0 ? r.tuning.step_size : nan; });
  put("divergences", "divergent transitions", "1",
      [](const Rung& r) { return static_cast<double>(r.divergences); });
  if (works.forward.size() == 0) return;
  const auto annealing = [&](const char* name, const char* long_name, const Vec& values) {
    Variable v{.name = name, .unit = "nat", .long_name = long_name};
    v.axes = {Axis{.name = "particle", .size = values.size()}};
    output.put("/annealing", v,
               std::span<const double>(values.data(), static_cast<std::size_t>(values.size())));
  };
  annealing("minus_work_forward", "-W on the way from prior to posterior", works.forward);
  annealing("minus_work_reverse", "-W on the way from posterior to prior", works.reverse);
}

void put_laplace(RunOutput& output, const Laplace& laplace) {
  const Axis axis{.name = "unknown",
                  .size = laplace.mode.size(),
                  .long_name = "position in the flat state; /layout names its blocks"};
  const auto put = [&](const char* name, const char* long_name, const Vec& values) {
    Variable v{.name = name, .long_name = long_name};
    v.axes = {axis};
    output.put("/laplace", v,
               std::span<const double>(values.data(), static_cast<std::size_t>(values.size())));
  };
  put("mode", "parameters where U is smallest", laplace.mode);
  put("sd", "standard deviations of Laplace's Gaussian, roots of the diagonal of H^-1",
      laplace.covariance.diagonal().cwiseSqrt());
}

namespace {

// Every number, by its name in the file.
struct Kind {
  const char *name, *long_name;
  bool laplace, annealing, has_error;
};
constexpr Kind kinds[] = {
    {"laplace", "ln Z, Laplace's approximation", true, false, false},
    {"thermodynamic", "ln Z, thermodynamic integration", false, false, true},
    {"thermodynamic_width", "error of it by the number of rungs, estimated", false, false, false},
    {"thermodynamic_lower", "ln Z >= lower sum of the ladder", false, false, true},
    {"thermodynamic_upper", "ln Z <= upper sum of the ladder", false, false, true},
    {"annealing_forward", "ln Z, annealing forward", false, true, true},
    {"annealing_lower", "ln Z >= mean of -W forward", false, true, true},
    {"annealing_forward_effective", "effective particles forward", false, true, false},
    {"annealing_reverse", "ln Z, annealing in reverse", false, true, true},
    {"annealing_upper", "ln Z <= mean of -W in reverse", false, true, true},
    {"annealing_reverse_effective", "effective particles in reverse", false, true, false},
};

const Kind& kind_of(const std::string& name) {
  for (const auto& k : kinds)
    if (name == k.name) return k;
  throw ModelError("there is no number \"" + name + "\" of the evidence");
}

Variable variable_of(const Kind& k) {
  Variable v{.name = k.name, .unit = "nat", .long_name = k.long_name};
  if (v.name.ends_with("_effective")) v.unit = "1";
  if (v.name == "laplace") {
    v.approximate = true;
    v.comment = "the posterior as a Gaussian at one mode";
  }
  if (v.name == "thermodynamic_width") {
    v.approximate = true;
    v.comment =
        "a fifteenth of how far thermodynamic moves with every second rung; beside its standard "
        "error, which tells the draws alone";
  }
  if (v.name == "annealing_upper" || v.name == "annealing_reverse")
    v.comment =
        "the particles start from draws of the chains at b = 1: a bound as far as those are "
        "from the posterior";
  return v;
}

Variable error_of(const Variable& v) {
  return {
      .name = v.name + "_error", .unit = v.unit, .long_name = "standard error of " + v.long_name};
}

}  // namespace

std::vector<Variable> evidence_variables(bool laplace, bool annealing) {
  std::vector<Variable> all;
  for (const auto& k : kinds) {
    if ((k.laplace && !laplace) || (k.annealing && !annealing)) continue;
    all.push_back(variable_of(k));
    if (k.has_error) all.push_back(error_of(variable_of(k)));
  }
  return all;
}

EstimateSummary evidence_numbers(const std::optional<double>& laplace, const Ladder& ladder,
                                 const Works& works) {
  EstimateSummary all;
  const auto add = [&](const char* name, double value, std::optional<double> error = std::nullopt) {
    all.numbers.push_back({name, kind_of(name).long_name, value, error});
  };
  if (laplace) add("laplace", *laplace);
  if (ladder.finished()) {
    const auto t = ladder.integral();
    add("thermodynamic", t.corrected, t.corrected_error);
    if (const double width = ladder.width_error(); std::isfinite(width))
      add("thermodynamic_width", width);
    add("thermodynamic_lower", t.lower, t.lower_error);
    add("thermodynamic_upper", t.upper, t.upper_error);
  }
  const auto anneal = [&](const Vec& w, bool forward) {
    if (!whole(w)) return;
    const auto r = annealing_result(w, forward);
    const auto n = static_cast<double>(w.size());
    // The weights' mean has the relative deviation sqrt((n/ESS - 1)/n).
    const double error = std::sqrt(std::max(0.0, n / r.effective_size - 1.0) / n);
    add(forward ? "annealing_forward" : "annealing_reverse", r.log_evidence, error);
    add(forward ? "annealing_lower" : "annealing_upper", r.bound, r.bound_error);
    add(forward ? "annealing_forward_effective" : "annealing_reverse_effective", r.effective_size);
  };
  anneal(works.forward, true);
  anneal(works.reverse, false);
  return all;
}

void put_numbers(RunOutput& output, const EstimateSummary& numbers) {
  for (const auto& n : numbers.numbers) {
    const auto v = variable_of(kind_of(n.name));
    output.put("/evidence", v, std::span<const double>(&n.value, 1));
    if (n.standard_error)
      output.put("/evidence", error_of(v), std::span<const double>(&*n.standard_error, 1));
  }
}

std::vector<std::string> evidence_warnings(const Ladder& ladder, const Works& works) {
  std::vector<std::string> all;
  Index mixed_badly = 0, divergences = 0;
  double worst = 0.0;
  for (const auto& r : ladder.rungs()) {
    if (!(r.rhat > largest_rhat)) continue;
    ++mixed_badly;
    worst = std::max(worst, r.rhat);
  }
  for (const auto& r : ladder.rungs()) divergences += r.divergences;
  if (mixed_badly > 0)
    all.push_back(
        fmt::format("at {} of {} rungs the chains did not agree (R-hat of ln p(D|q) up to {:.3f}): "
                    "the standard "
                    "errors there are too small; raise evidence.ladder.warmup and draws",
                    mixed_badly, ladder.b().size(), worst));
  if (divergences > 0)
    all.push_back(
        fmt::format("{} trajectories of the ladder diverged: its means may be off; raise "
                    "sampler.target_acceptance",
                    divergences));
  if (ladder.finished())
    if (const auto t = ladder.integral(); ladder.width_error() > t.corrected_error)
      all.push_back(
          fmt::format("{} rungs are few: they make an error of about {:.2g} in ln Z by "
                      "thermodynamic integration, "
                      "more than the draws do; raise evidence.ladder.intervals",
                      ladder.b().size(), ladder.width_error()));
  const auto few = [&](const Vec& w, bool forward) {
    if (!whole(w)) return;
    const double n = annealing_result(w, forward).effective_size;
    if (n < fewest_effective)
      all.push_back(fmt::format(
          "{:.1f} of {} particles {} carry the weight: the estimate of ln Z by annealing is not to "
          "be trusted, its bound holds; raise evidence.annealing.steps",
          n, w.size(), forward ? "forward" : "in reverse"));
  };
  few(works.forward, true);
  few(works.reverse, false);
  return all;
}

}  // namespace thalweg
