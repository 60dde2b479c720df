#include <thalweg/diagnose/verdicts.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace thalweg {
namespace {

using State = Verdict::State;

/// Over the variables of one space.
struct Space {
  Index entries = 0, judged = 0, not_finite = 0, undiagnosed = 0, over_rhat = 0, under_ess = 0;
  double rhat = DrawSummary::none, ess = DrawSummary::none;
  std::string rhat_at{}, ess_at{};  ///< variables of the worst values
};

Space space_of(const std::vector<VariableDiagnosis>& variables) {
  Space s;
  for (const auto& v : variables) {
    s.entries += v.entries;
    s.judged += v.entries - v.constant - v.not_finite;
    s.not_finite += v.not_finite;
    s.undiagnosed += v.undiagnosed;
    s.over_rhat += v.over_rhat;
    s.under_ess += v.under_ess;
    if (std::isnan(s.rhat) || v.rhat_max > s.rhat) {
      s.rhat = v.rhat_max;
      s.rhat_at = v.name;
    }
    for (const double ess : {v.ess_bulk_min, v.ess_tail_min})
      if (std::isnan(s.ess) || ess < s.ess) {
        s.ess = ess;
        s.ess_at = v.name;
      }
  }
  return s;
}

class Judge {
 public:
  Judge(const Diagnosis& d, Judged judged) : d_(d), judged_(judged) {}

  Judgement run() {
    const Space functions = space_of(d_.functions), parameters = space_of(d_.parameters);
    finite(functions, parameters);
    space("functions", functions);
    if (judged_ == Judged::all && !d_.parameters.empty()) space("parameters", parameters);
    moving();
    divergences();
    energy();
    depth();
    for (const auto& w : d_.warnings)
      add("names", State::failed, DrawSummary::none, DrawSummary::none, w);
    hints(functions, parameters);
    return std::move(out_);
  }

 private:
  void add(const std::string& name, State state, double value, double limit,
           const std::string& sentence) {
    out_.verdicts.push_back({name, state, value, limit, sentence});
  }

  void finite(const Space& functions, const Space& parameters) {
    const Index n = functions.not_finite + parameters.not_finite;
    if (n == 0) return add("finite", State::met, 0.0, 0.0, "all draws are finite");
    std::string chains;
    for (std::size_t c = 0; c < d_.by_chain.size(); ++c)
      if (d_.by_chain[c].not_finite > 0) chains += (chains.empty() ? "" : ", ") + std::to_string(c);
    add("finite", State::failed, static_cast<double>(n), 0.0,
        fmt::format(
            "{} of {} entries have draws that are NaN or infinite, in chain {}: look at the "
            "model there; they have no diagnostics",
            n, functions.entries + parameters.entries, chains));
  }

  void space(const std::string& what, const Space& s) {
    if (s.entries == 0)
      return add("rhat_" + what, State::unknown, s.rhat, limits::rhat,
                 "the file has no log likelihood, predictions or lp to judge functions by");
    if (s.judged == 0 || s.undiagnosed == s.judged)
      return add(
          "rhat_" + what, s.judged == 0 ? State::unknown : State::failed, s.rhat, limits::rhat,
          s.judged == 0
              ? "no entry of the " + what + " is finite and varies"
              : fmt::format("{} draws of a chain are too few for R-hat and ESS of the {}: draw "
                            "more",
                            d_.draws, what));
    const bool mixed = s.over_rhat == 0 && s.undiagnosed == 0;
    add("rhat_" + what, mixed ? State::met : State::failed, s.rhat, limits::rhat,
        mixed ? fmt::format("R-hat of the {} is at most {:.4f} ({}), below {}", what, s.rhat,
                            s.rhat_at, limits::rhat)
              : fmt::format(
                    "R-hat of {} of {} {} is not below {}, up to {:.4g} ({}): the chains do not "
                    "agree; draw more, and if that does not help look for separate modes or scales "
                    "that differ much",
                    s.over_rhat + s.undiagnosed, s.judged, what, limits::rhat, s.rhat, s.rhat_at));
    const double least = limits::ess_per_chain * static_cast<double>(d_.chains);
    const bool enough = s.under_ess == 0;
    add("ess_" + what, enough ? State::met : State::failed, s.ess, least,
        enough ? fmt::format("ESS of the {} is at least {:.0f} ({}), above 100 for each chain",
                             what, s.ess, s.ess_at)
               : fmt::format(
                     "ESS, bulk or tail, of {} of {} {} is not above 100 for each chain, down "
                     "to {:.0f} ({}): draw {} times as much, or improve metric and "
                     "coordinates",
                     s.under_ess, s.judged, what, s.ess, s.ess_at,
                     s.ess > 0.0 ? fmt::format("{:.2g}", std::ceil(10.0 * least / s.ess) / 10.0)
                                 : std::string("many")));
  }

  void moving() {
    std::string stuck;
    for (std::size_t c = 0; c < d_.by_chain.size(); ++c)
      if (d_.by_chain[c].standing > 0) stuck += (stuck.empty() ? "" : ", ") + std::to_string(c);
    if (stuck.empty()) return;
    add("moving", State::failed, DrawSummary::none, DrawSummary::none,
        fmt::format("chain {} stands still in parameters that move in others: its step size is too "
                    "large or it started where the density is broken; start it elsewhere",
                    stuck));
  }

  void divergences() {
    if (!d_.tells_divergences)
      return add(
          "divergences", State::unknown, DrawSummary::none, 0.0,
          "the file has no sample_stats/diverging: whether trajectories diverged is unknown");
    if (d_.divergences == 0)
      return add("divergences", State::met, 0.0, 0.0, "no trajectory diverged");
    std::string where;
    // Independent draws of one coordinate differ by more with a probability of 1e-3.
    const double chance = 1.95 / std::sqrt(static_cast<double>(d_.divergences));
    if (!d_.divergent.empty() && d_.divergent.front().distance > chance) {
      const auto& c = d_.divergent.front();
      where = fmt::format(
          ", most of all by {}: 5 to 95 % are {:.4g} to {:.4g} there and {:.4g} to "
          "{:.4g} elsewhere",
          c.name, c.low, c.high, c.other_low, c.other_high);
    } else if (!d_.divergent.empty()) {
      where = d_.divergences < 5 ? ", too few to say where" : ", at no place that stands out";
    }
    add("divergences", State::failed, static_cast<double>(d_.divergences), 0.0,
        fmt::format(
            "{} of {} trajectories diverged{}: the draws miss that region; raise the target "
            "acceptance (sampler.target_acceptance = 0.95) or change the coordinates",
            d_.divergences, d_.chains * d_.draws, where));
  }

  void energy() {
    if (!d_.tells_energy) return;
    double least = DrawSummary::none;
    std::string low;
    for (std::size_t c = 0; c < d_.by_chain.size(); ++c) {
      const double b = d_.by_chain[c].bfmi;
      if (std::isnan(least) || b < least) least = b;
      if (!(b > limits::bfmi)) low += (low.empty() ? "" : ", ") + std::to_string(c);
    }
    if (low.empty())
      return add("bfmi", State::met, least, limits::bfmi,
                 fmt::format("E-BFMI is at least {:.2f}, above {}", least, limits::bfmi));
    add("bfmi", State::failed, least, limits::bfmi,
        std::isnan(least)
            ? "the energy has no E-BFMI: it is constant or not finite"
            : fmt::format(
                  "E-BFMI of chain {} is not above {}, down to {:.2g}: momenta carry the chain "
                  "through the energies too slowly, as in heavy tails and funnels; change "
                  "the coordinates or warm up longer",
                  low, limits::bfmi, least));
  }

  void depth() {
    if (!d_.tells_depth) return;
    double most = 0.0;
    for (const auto& c : d_.by_chain) most = std::max(most, c.depth_share);
    const bool few = most <= limits::depth_share;
    add("depth", few ? State::met : State::failed, most, limits::depth_share,
        few ? fmt::format(
                  "{:.2g} % of a chain's trajectories at most were cut at the greatest depth",
                  100.0 * most)
            : fmt::format(
                  "{:.2g} % of a chain's trajectories were cut at the greatest depth: the "
                  "draws are right but cost more than they need; raise sampler.max_depth, or "
                  "take a dense metric or better scales",
                  100.0 * most));
  }

  void hints(const Space& functions, const Space& parameters) {
    const bool functions_mix = functions.judged > 0 && functions.over_rhat == 0 &&
                               functions.undiagnosed == 0 && functions.under_ess == 0;
    const bool parameters_mix = parameters.over_rhat == 0 && parameters.under_ess == 0;
    if (functions_mix && !parameters_mix && has_predictions())
      out_.hints.emplace_back(
          "the functions mix and the parameters do not: in a network the signs and the order of "
          "hidden units change the weights and not the function, so that only the function space "
          "counts (--functions judges it alone); in a model without such symmetries, trust no "
          "parameter whose R-hat is large");
    if (d_.chains == 1)
      out_.hints.emplace_back(
          "one chain cannot show that it missed a mode: run four or more from different starts");
    if (functions.judged > 0 && !has_predictions())
      out_.hints.emplace_back(
          "of function space the file has lp alone; log_likelihood or posterior_predictive tell "
          "more");
  }

  [[nodiscard]] bool has_predictions() const {
    return std::ranges::any_of(d_.functions, [](const auto& v) {
      return v.group == "log_likelihood" || v.group == "posterior_predictive";
    });
  }

  const Diagnosis& d_;
  Judged judged_;
  Judgement out_;
};

}  // namespace

bool Judgement::passed() const {
  return std::ranges::none_of(verdicts, [](const Verdict& v) { return v.state == State::failed; });
}

Judgement judge(const Diagnosis& diagnosis, Judged judged) {
  return Judge(diagnosis, judged).run();
}

}  // namespace thalweg
