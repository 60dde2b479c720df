#include <cmath>
#include <nlohmann/json.hpp>
#include <thalweg/diagnose/write_diagnosis.hpp>

namespace thalweg {
namespace {

using Json = nlohmann::ordered_json;

Json number(double v) { return std::isfinite(v) ? Json(v) : Json(); }

Json entry(const EntryDiagnosis& e) {
  const auto& s = e.summary;
  return {{"name", e.name},
          {"entry", e.entry},
          {"mean", number(s.mean)},
          {"sd", number(s.sd)},
          {"mcse_mean", number(s.mcse_mean)},
          {"mcse_sd", number(s.mcse_sd)},
          {"q5", number(s.q5)},
          {"median", number(s.median)},
          {"q95", number(s.q95)},
          {"ess_bulk", number(s.ess_bulk)},
          {"ess_tail", number(s.ess_tail)},
          {"ess_mean", number(s.ess_mean)},
          {"ess_sd", number(s.ess_sd)},
          {"rhat", number(s.rhat)},
          {"not_finite", s.non_finite},
          {"constant", s.constant}};
}

Json variables(const std::vector<VariableDiagnosis>& all) {
  Json out = Json::array();
  for (const auto& v : all) {
    Json j{{"group", v.group},
           {"name", v.name},
           {"axes", v.axes},
           {"shape", v.shape},
           {"entries", v.entries},
           {"constant", v.constant},
           {"not_finite", v.not_finite},
           {"undiagnosed", v.undiagnosed},
           {"rhat_not_below_limit", v.over_rhat},
           {"ess_not_above_limit", v.under_ess},
           {"rhat_max", number(v.rhat_max)},
           {"ess_bulk_min", number(v.ess_bulk_min)},
           {"ess_tail_min", number(v.ess_tail_min)}};
    j["values"] = Json::array();
    for (const auto& e : v.kept) j["values"].push_back(entry(e));
    out.push_back(std::move(j));
  }
  return out;
}

Json chains(const Diagnosis& d) {
  Json out = Json::array();
  for (const auto& c : d.by_chain)
    out.push_back({{"divergences", d.tells_divergences ? Json(c.divergences) : Json()},
                   {"e_bfmi", number(c.bfmi)},
                   {"share_at_max_depth", number(c.depth_share)},
                   {"acceptance_rate", number(c.acceptance)},
                   {"step_size", number(c.step_size)},
                   {"n_steps", number(c.steps)},
                   {"energy_error", number(c.energy_error)},
                   {"largest_energy_error", number(c.largest_energy_error)},
                   {"entries_standing_still", c.standing},
                   {"entries_not_finite", c.not_finite}});
  return out;
}

const char* word(Verdict::State state) {
  switch (state) {
    case Verdict::State::met:
      return "met";
    case Verdict::State::failed:
      return "failed";
    case Verdict::State::unknown:
      break;
  }
  return "unknown";
}

}  // namespace

std::string diagnosis_json(const Diagnosis& d, const Judgement& judgement, int exit_code) {
  Json j{{"schema", "thalweg-diagnose-1"},
         {"file", d.file},
         {"title", d.title},
         {"model", d.model},
         {"sampler", d.sampler},
         {"exit_code", exit_code},
         {"passed", judgement.passed()},
         {"chains", d.chains},
         {"draws", d.draws}};
  j["functions"] = variables(d.functions);
  j["parameters"] = variables(d.parameters);
  j["by_chain"] = chains(d);
  j["divergences"] = d.tells_divergences ? Json(d.divergences) : Json();
  j["divergent_coordinates"] = Json::array();
  for (const auto& c : d.divergent)
    j["divergent_coordinates"].push_back({{"name", c.name},
                                          {"distance", number(c.distance)},
                                          {"q5", number(c.low)},
                                          {"q95", number(c.high)},
                                          {"q5_elsewhere", number(c.other_low)},
                                          {"q95_elsewhere", number(c.other_high)}});
  j["verdicts"] = Json::array();
  for (const auto& v : judgement.verdicts)
    j["verdicts"].push_back({{"name", v.name},
                             {"state", word(v.state)},
                             {"value", number(v.value)},
                             {"limit", number(v.limit)},
                             {"sentence", v.sentence}});
  j["hints"] = judgement.hints;
  j["warnings"] = d.warnings;
  return j.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace thalweg
