#include <thalweg/run/sampling/draws_config.hpp>

namespace thalweg {

void DrawsConfig::fields(Fields& f) {
  f("count", count, "1", "draws to keep of each chain; resume may raise it", at_least(1));
  f("warmup", warmup, "1", "transitions of each chain that adapt the sampler, before the draws",
    at_least(0));
  f("chains", chains, "1", "independent chains; four or more show whether they agree",
    between(1, 10'000));
  f("thin", thin, "1", "transitions for one draw", at_least(1));
  f("temperature", temperature, "1", "T: the draws are from exp(-U/T)", positive());
  f("start", start, "",
    "where each chain starts: from its own draw of the prior, at the model's own start (another "
    "seed for each chain), uniform in (-2, 2) as Stan does; default: the first of these that the "
    "model offers. A table [start] gives one point for all chains instead",
    one_of({"default", "prior", "model", "uniform"}));
  f("keep", keep, "",
    "what to store, by group or variable (posterior, posterior_predictive, log_likelihood, "
    "log_prior, or W1, ...); none: everything. sample_stats are always there");
  f("store_warmup", store_warmup, "", "store the transitions of the warm-up too");
  f("tuning_from", tuning_from, "",
    "a run's directory whose step sizes and metrics these chains start with");
  start_place = f.place("start");
  tuning_place = f.place("tuning_from");
  keep_places.clear();
  for (std::size_t i = 0; i < keep.size(); ++i) keep_places.push_back(f.place("keep", i));
}

}  // namespace thalweg
