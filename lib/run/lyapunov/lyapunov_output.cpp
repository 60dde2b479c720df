#include <thalweg/run/lyapunov/lyapunov_output.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/chaos/kaplan_yorke.hpp>
#include <thalweg/run/time_meaning.hpp>

namespace thalweg {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool gives_numbers(const LyapunovTrajectory& orbit) {
  return orbit.outcome() == OrbitOutcome::running && orbit.counted() > 0.0;
}

Axis start_axis(Index n) {
  return {.name = "start", .size = n, .long_name = "number of the orbit"};
}
Axis exponent_axis(Index k) {
  return {.name = "rank", .size = k, .long_name = "rank of the exponent"};
}

struct Pooled {
  Vec mean, error, scatter;
  Index orbits = 0;
};

std::vector<BlockAverages> averages_of(const Orbits& orbits) {
  std::vector<BlockAverages> all;
  for (const auto& o : orbits)
    if (gives_numbers(*o)) all.push_back(o->averages());
  return all;
}

// Mean over orbits; the error from their own error bars, and from their scatter.
Pooled pool(const std::vector<BlockAverages>& orbits, Index k) {
  Pooled p{Vec::Zero(k), Vec::Zero(k), Vec::Zero(k), static_cast<Index>(orbits.size())};
  if (orbits.empty()) {
    p.mean = p.error = p.scatter = Vec::Constant(k, nan);
    return p;
  }
  for (const auto& o : orbits) {
    p.mean += o.mean();
    p.error += o.standard_error().cwiseAbs2();
  }
  const auto n = static_cast<double>(p.orbits);
  p.mean /= n;
  p.error = p.error.cwiseSqrt() / n;
  for (const auto& o : orbits) p.scatter += (o.mean() - p.mean).cwiseAbs2();
  p.scatter = p.orbits > 1 ? Vec((p.scatter / (n - 1.0) / n).cwiseSqrt()) : Vec::Constant(k, nan);
  // Orbits under one sequence of random numbers (matrices, mini-batches) may move together. What
  // independent blocks may show of correlation, of 128 or more, is 0.25 in 1 of 200 pairs.
  Vec r = Vec::Zero(k);
  for (std::size_t i = 0; i < orbits.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) r += orbits[i].correlation(orbits[j]);
  if (p.orbits > 1) r /= 0.5 * n * (n - 1.0);
  for (Index j = 0; j < k; ++j)
    if (r[j] > 0.25) p.error[j] *= std::sqrt(1.0 + (n - 1.0) * r[j]);
  return p;
}

struct Dimension {
  double value = nan, error = nan;
};
const char* const its_error =
    "its standard error, or the jump from 0 where the largest exponent is 0 within three errors";

// Kaplan and Yorke's of the mean exponents. Its error is that of the exponents to first order: of
// the one combination of them that moves it, whose blocks know how they move together.
Dimension dimension_of(const std::vector<BlockAverages>& orbits, Index k, bool complete) {
  if (orbits.empty()) return {};
  const auto p = pool(orbits, k);
  const auto d = kaplan_yorke(p.mean, complete);
  if (!std::isfinite(d.dimension)) return {};
  std::vector<BlockAverages> along;
  for (const auto& o : orbits) along.push_back(o.combination(d.slopes));
  Dimension found{d.dimension, pool(along, 1).error[0]};
  // D jumps to 0 where the largest exponent passes 0: within its error nobody knows which it is.
  Index largest = 0;
  if (std::abs(p.mean.maxCoeff(&largest)) <= 3.0 * p.error[largest])
    found.error = std::max(found.error, d.above_zero);
  return found;
}

Index exponents_of(const Orbits& orbits) { return orbits.front()->exponents().size(); }

// The first k by the motion's own theory; empty when it has none.
Vec exponents_by_theory(const Orbits& orbits, const Motion& motion) {
  for (const auto& o : motion.observables())
    if (o.variable.name == "exponent_theory") {
      Vec all(o.variable.size());
      o.compute(orbits.front()->state().head(motion.dim()), orbits.front()->time(), all);
      return all.head(exponents_of(orbits));
    }
  return {};
}

}  // namespace

SeriesSchema lyapunov_schema(Index starts, Index exponents, const std::string& unit) {
  const std::vector<Axis> axes{start_axis(starts), exponent_axis(exponents)};
  return {.name = "curves",
          .variables = {{.name = "exponent",
                         .unit = "1/" + unit,
                         .long_name = "Lyapunov exponent so far",
                         .comment = "total growth over the time counted; NaN for an orbit with an "
                                    "outcome that is no number",
                         .axes = axes},
                        {.name = "exponent_error",
                         .unit = "1/" + unit,
                         .long_name = "standard error of the exponent so far",
                         .comment = "from 128 to 255 blocks of the orbit, whose neighbours tell "
                                    "whether growths add up or cancel but for their ends",
                         .axes = axes}},
          .comment = "what was counted, without the transient",
          .time_name = unit == "depth" || unit == "time" ? unit + " counted" : unit + "s counted"};
}

Vec lyapunov_row(const Orbits& orbits) {
  const Index k = exponents_of(orbits), n = static_cast<Index>(orbits.size()) * k;
  Vec row = Vec::Constant(2 * n, nan);
  for (std::size_t s = 0; s < orbits.size(); ++s)
    if (gives_numbers(*orbits[s])) {
      row.segment(static_cast<Index>(s) * k, k) = orbits[s]->exponents();
      row.segment(n + static_cast<Index>(s) * k, k) = orbits[s]->averages().standard_error();
    }
  return row;
}

EstimateSummary lyapunov_numbers(const Orbits& orbits, const Motion& motion,
                                 const std::string& unit) {
  const std::string per_unit = "1/" + unit;
  const Index k = exponents_of(orbits), dim = motion.dim();
  const auto averages = averages_of(orbits);
  const auto p = pool(averages, k);
  EstimateSummary all;
  if (p.orbits == 0) return all;
  for (Index j = 0; j < k; ++j)
    all.numbers.push_back({fmt::format("exponent_{}", j + 1), fmt::format("exponent {}", j + 1),
                           p.mean[j], p.error[j], per_unit});
  if (k == dim) all.numbers.push_back({"sum", "sum of all", p.mean.sum(), {}, per_unit});
  double volume = 0.0;
  for (const auto& o : orbits)
    if (gives_numbers(*o)) volume += o->volume_rate() / static_cast<double>(p.orbits);
  if (std::isfinite(volume))
    all.numbers.push_back({"volume_rate", "rate of volumes", volume, {}, per_unit});
  if (const auto d = dimension_of(averages, k, k == dim); std::isfinite(d.value))
    all.numbers.push_back({"kaplan_yorke", "Kaplan-Yorke dimension", d.value, d.error, {}});
  if (const Vec theory = exponents_by_theory(orbits, motion); theory.size() > 0)
    for (Index j = 0; j < k; ++j)
      all.numbers.push_back({fmt::format("exponent_{}_theory", j + 1),
                             fmt::format("exponent {} by theory", j + 1),
                             theory[j],
                             {},
                             per_unit});
  return all;
}

void put_lyapunov_orbits(const PutArray& put_array, const Orbits& orbits, const Motion& motion,
                         const std::string& unit) {
  const Index k = exponents_of(orbits), S = static_cast<Index>(orbits.size()), dim = motion.dim();
  std::vector<double> exponent(static_cast<std::size_t>(S * k), nan), error = exponent,
                                                                      width = exponent;
  std::vector<double> counted, outcome, volume, dimension, dimension_error;
  for (Index s = 0; s < S; ++s) {
    const auto& o = *orbits[static_cast<std::size_t>(s)];
    counted.push_back(o.counted());
    outcome.push_back(static_cast<double>(o.outcome()));
    const bool numbers = gives_numbers(o);
    volume.push_back(numbers ? o.volume_rate() : nan);
    const auto d = numbers ? dimension_of({o.averages()}, k, k == dim) : Dimension{};
    dimension.push_back(d.value);
    dimension_error.push_back(d.error);
    if (!numbers) continue;
    const Vec l = o.exponents();
    const auto [e, w] = o.averages().errors();
    for (Index j = 0; j < k; ++j) {
      const auto at = static_cast<std::size_t>(s * k + j);
      exponent[at] = l[j];
      error[at] = e[j];
      width[at] = w[j];
    }
  }
  const std::string per_unit = "1/" + unit;
  const std::vector<Axis> both{start_axis(S), exponent_axis(k)};
  const auto put = [&](const char* name, const std::string& units, const char* long_name,
                       const std::vector<Axis>& axes, const std::vector<double>& values) {
    put_array("/lyapunov",
              Variable{.name = name, .unit = units, .long_name = long_name, .axes = axes}, values);
  };
  put("exponent", per_unit, "Lyapunov exponents of each orbit", both, exponent);
  put("exponent_error", per_unit, "their standard errors", both, error);
  put("half_width", per_unit, "half of their 95 % confidence intervals", both, width);
  put("counted", unit, "what was counted", {start_axis(S)}, counted);
  put("volume_rate", per_unit, "what all exponents add up to: mean of tr J, or of ln |det DF|",
      {start_axis(S)}, volume);
  put("kaplan_yorke", "1", "Kaplan and Yorke's dimension", {start_axis(S)}, dimension);
  put("kaplan_yorke_error", "1", its_error, {start_axis(S)}, dimension_error);
  Variable flag{.name = "outcome",
                .long_name = "what became of the orbit",
                .axes = {start_axis(S)},
                .type = Variable::Type::integer};
  for (const auto o : {OrbitOutcome::running, OrbitOutcome::superstable, OrbitOutcome::escaped,
                       OrbitOutcome::not_finite})
    flag.flag_meanings.emplace_back(name(o));
  put_array("/lyapunov", flag, outcome);
}

void put_lyapunov_means(const PutArray& put_array, const Orbits& orbits, const Motion& motion,
                        const std::string& unit) {
  const Index k = exponents_of(orbits);
  const auto averages = averages_of(orbits);
  const auto p = pool(averages, k);
  const std::string per_unit = "1/" + unit;
  const auto put_vec = [&](const char* name, const char* long_name, const Vec& values) {
    put_array(
        "/lyapunov",
        Variable{
            .name = name, .unit = per_unit, .long_name = long_name, .axes = {exponent_axis(k)}},
        std::span<const double>(values.data(), static_cast<std::size_t>(values.size())));
  };
  put_vec("mean_exponent", "Lyapunov exponent, mean over the orbits that gave numbers", p.mean);
  put_vec("mean_exponent_error", "its standard error from the orbits' own", p.error);
  put_vec("mean_scatter", "its standard error from the scatter of the orbits", p.scatter);
  double volume = 0.0;
  for (const auto& o : orbits)
    if (gives_numbers(*o)) volume += o->volume_rate() / static_cast<double>(p.orbits);
  if (p.orbits == 0) volume = nan;
  const auto put_number = [&](const char* name, const std::string& units, const char* long_name,
                              double value) {
    put_array("/lyapunov", Variable{.name = name, .unit = units, .long_name = long_name},
              std::span<const double>(&value, 1));
  };
  put_number("mean_volume_rate", per_unit,
             "what all exponents add up to: mean of tr J, or of ln |det DF|", volume);
  const auto d = dimension_of(averages, k, k == motion.dim());
  put_number("mean_kaplan_yorke", "1", "Kaplan and Yorke's dimension of the mean exponents",
             d.value);
  put_number("mean_kaplan_yorke_error", "1", its_error, d.error);
  put_number("orbits", "1", "orbits that gave numbers", static_cast<double>(p.orbits));
  if (const Vec theory = exponents_by_theory(orbits, motion); theory.size() > 0)
    put_vec("exponent_theory", "exponents by the motion's own theory", theory);
}

std::vector<std::string> lyapunov_warnings(const Orbits& orbits) {
  std::vector<std::string> all;
  const auto tell = [&](OrbitOutcome outcome, const char* what) {
    Index n = 0;
    std::string message;
    for (const auto& o : orbits)
      if (o->outcome() == outcome) {
        ++n;
        if (message.empty()) message = o->message();
      }
    if (n > 0)
      all.push_back(fmt::format("{} of {} orbits {}{}", n, orbits.size(), what,
                                message.empty() ? "" : ": " + message));
  };
  tell(OrbitOutcome::superstable,
       "superstable: a difference vanished, the exponent is minus infinity");
  tell(OrbitOutcome::escaped, "escaped (beyond lyapunov.escape)");
  tell(OrbitOutcome::not_finite, "ended in what is not finite");
  return all;
}

std::pair<Outcome, std::string> outcome_without_numbers(const Orbits& orbits) {
  Outcome outcome = Outcome::complete;
  for (const auto& o : orbits) {
    if (o->outcome() == OrbitOutcome::escaped) outcome = Outcome::diverged;
    if (o->outcome() == OrbitOutcome::not_finite && outcome == Outcome::complete)
      outcome = Outcome::not_finite;
  }
  std::string message;
  for (const auto& w : lyapunov_warnings(orbits)) message += (message.empty() ? "" : "; ") + w;
  return {outcome, "no exponents: " + message};
}

}  // namespace thalweg
