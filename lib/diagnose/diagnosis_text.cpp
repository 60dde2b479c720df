#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/diagnose/write_diagnosis.hpp>

namespace thalweg {
namespace {

/// In function space variables of several groups often have one name.
std::string prefix(const VariableDiagnosis& v) {
  return v.group == "posterior" || v.group == "sample_stats" ? "" : v.group + ".";
}

/// Of the first column, and all of it when a name is longer.
std::size_t width_of(const Diagnosis& d) {
  std::size_t width = 20;
  for (const auto* space : {&d.functions, &d.parameters})
    for (const auto& v : *space)
      for (const auto& e : v.kept)
        width = std::max(width, std::min<std::size_t>(prefix(v).size() + e.name.size(), 50));
  return width;
}

std::string number(double v, const char* format) {
  return std::isnan(v) ? "-" : fmt::format(fmt::runtime(format), v);
}

std::string head(const std::string& title, std::size_t width) {
  return fmt::format("\n{:<{}} {:>10} {:>9} {:>9} {:>10} {:>10} {:>8} {:>8} {:>7}\n", title,
                     width + 2, "mean", "sd", "MCSE", "5 %", "95 %", "ESS bulk", "tail", "R-hat");
}

std::string row(const std::string& name, const DrawSummary& s, std::size_t width) {
  std::string text = fmt::format("  {:<{}} ", name, width);
  if (s.non_finite > 0) return text + fmt::format("{} draws are not finite\n", s.non_finite);
  if (s.constant) return text + fmt::format("{:>10.4g}  constant\n", s.mean);
  return text + fmt::format("{:>10.4g} {:>9.3g} {:>9} {:>10.4g} {:>10.4g} {:>8} {:>8} {:>7}\n",
                            s.mean, s.sd, number(s.mcse_mean, "{:.2g}"), s.q5, s.q95,
                            number(s.ess_bulk, "{:.0f}"), number(s.ess_tail, "{:.0f}"),
                            number(s.rhat, "{:.3f}"));
}

/// "  W1 (8 x 4): 32 entries, R-hat up to 1.83, 20 not below 1.01; ESS ..."
std::string array_line(const VariableDiagnosis& v) {
  std::string text = fmt::format("  {}{} ({}): {} entries", prefix(v), v.name,
                                 fmt::join(v.shape, " x "), v.entries);
  if (v.constant > 0) text += fmt::format(", {} constant", v.constant);
  if (v.not_finite > 0) text += fmt::format(", {} not finite", v.not_finite);
  if (v.undiagnosed > 0) text += fmt::format(", {} with too few draws", v.undiagnosed);
  if (!std::isnan(v.rhat_max))
    text += fmt::format(
        ", R-hat up to {:.3f} ({} not below {}), ESS bulk from {}, tail from {} ({} "
        "too small)",
        v.rhat_max, v.over_rhat, limits::rhat, number(v.ess_bulk_min, "{:.0f}"),
        number(v.ess_tail_min, "{:.0f}"), v.under_ess);
  return text + "\n";
}

std::string space(const std::string& title, const std::vector<VariableDiagnosis>& variables,
                  std::size_t width) {
  if (variables.empty()) return {};
  std::string text = head(title, width);
  for (const auto& v : variables) {
    if (static_cast<Index>(v.kept.size()) < v.entries)
      text += array_line(v) + fmt::format("    the {} worst:\n", v.kept.size());
    for (const auto& e : v.kept) text += row(prefix(v) + e.name, e.summary, width);
  }
  return text;
}

std::string chains(const Diagnosis& d) {
  std::string text = fmt::format("\n{:<6} {:>11} {:>7} {:>13} {:>10} {:>10} {:>9} {:>19}\n",
                                 "chain", "divergences", "E-BFMI", "at max. depth", "acceptance",
                                 "step size", "steps", "energy error, max.");
  for (std::size_t i = 0; i < d.by_chain.size(); ++i) {
    const auto& c = d.by_chain[i];
    text += fmt::format(
        "{:>5}  {:>11} {:>7} {:>13} {:>10} {:>10} {:>9} {:>10} {:>8}\n", i,
        d.tells_divergences ? std::to_string(c.divergences) : "-", number(c.bfmi, "{:.2f}"),
        d.tells_depth ? fmt::format("{:.2g} %", 100.0 * c.depth_share) : "-",
        number(c.acceptance, "{:.3f}"), number(c.step_size, "{:.3g}"), number(c.steps, "{:.4g}"),
        number(c.energy_error, "{:.2g}"), number(c.largest_energy_error, "{:.2g}"));
  }
  return text;
}

const char* word(Verdict::State state) {
  switch (state) {
    case Verdict::State::met:
      return "ok    ";
    case Verdict::State::failed:
      return "FAIL  ";
    case Verdict::State::unknown:
      break;
  }
  return "?     ";
}

}  // namespace

std::string diagnosis_text(const Diagnosis& d, const Judgement& judgement) {
  std::string text = d.file + "\n";
  if (!d.title.empty())
    text += fmt::format("{}{}{}\n", d.title, d.sampler.empty() ? "" : ", ", d.sampler);
  text += fmt::format("{} chain{} of {} draw{}\n", d.chains, d.chains == 1 ? "" : "s", d.draws,
                      d.draws == 1 ? "" : "s");
  const auto width = width_of(d);
  text += space("functions", d.functions, width);
  text += space("parameters", d.parameters, width);
  text += chains(d);
  if (d.divergent.size() > 1 && d.divergences >= 5) {
    text += "\nwhere trajectories diverged, 5 to 95 % there and elsewhere\n";
    for (const auto& c : d.divergent)
      text += fmt::format("  {}: {:.4g} to {:.4g}, elsewhere {:.4g} to {:.4g}; distance {:.2f}\n",
                          c.name, c.low, c.high, c.other_low, c.other_high, c.distance);
  }
  text += "\nverdicts\n";
  for (const auto& v : judgement.verdicts)
    text += std::string("  ") + word(v.state) + v.sentence + "\n";
  for (const auto& h : judgement.hints) text += "  hint  " + h + "\n";
  return text;
}

}  // namespace thalweg
