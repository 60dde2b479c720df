#include <thalweg/run/assembly.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/chaos/difference_motion.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/run/motion_parts.hpp>
#include <thalweg/run/start_from.hpp>
#include <thalweg/run/time_meaning.hpp>

namespace thalweg {

namespace {

// With tangent vectors, of a state with them as it is.
Vec start_of(const RunConfig& config, const Motion& plain, const Motion& motion) {
  if (!config.tangents) return start_state(config, motion);
  const auto& s = config.start;
  const Index given =
      s.from.empty() ? static_cast<Index>(s.state.size()) : stored_state(s.from).size();
  if (given == motion.dim()) return start_state(config, motion);
  return config.tangents->start(start_state(config, plain),
                                static_cast<std::uint64_t>(config.seed));
}

}  // namespace

Assembly::Assembly(const Config& source, const Vec* x0,
                   const std::shared_ptr<GradientSource>& gradients) {
  ConfigReader reader(source);
  config.fields(reader);
  reader.finish();
  // Only now: a misspelt "end" is told as what it is.
  if (!config.time.end && !config.time.steps)
    reader.reject("time", "has no end; say how long to run, e.g. end = 10.0");
  resolved = reader.resolved();
  const auto& model = *config.model;
  motion = placed(reader.place("dynamics"),
                  [&] { return make_motion(model, config.motion, gradients); });
  const Motion plain = motion;
  plain_dim = plain.dim();
  if (config.tangents)
    motion = placed(reader.place("tangents"), [&] { return (*config.tangents)(motion); });
  stepper = placed(reader.place("solver"), [&] { return make_stepper(motion, config.motion); });
  t0 = config.time.start;
  if (config.time.steps && !motion.map())
    reader.reject("time", "has steps, which are those of a map; give a flow an end instead");
  t_end = config.time.end
              ? *config.time.end
              : t0 + static_cast<double>(*config.time.steps) * motion.map()->time_step();
  for (const auto& c : config.compare) {
    placed(c.place, [&] {
      const Motion other = make_motion(model, c.motion);
      companions.push_back(
          std::make_unique<Companion>(c.name, other, make_stepper(other, c.motion)));
    });
  }
  if (config.quality.global_error) {
    if (!motion.system())
      reader.reject("quality",
                    "has a global_error, which needs a flow; a discrete map has no step error");
    for (const auto& c : config.compare)
      if (c.name == "tighter")
        throw ConfigError(c.place + ": \"tighter\" is taken by quality.global_error");
    const Motion plainer = make_motion(model, config.motion);
    const Motion tighter = config.tangents ? (*config.tangents)(plainer) : plainer;
    companions.push_back(
        std::make_unique<Companion>("tighter", tighter, make_stepper(tighter, config.motion, 0.1)));
  }
  if (!x0 && !config.start.from.empty())
    parent_run_id = placed(config.start.place, [&] { return stored_run_id(config.start.from); });
  context = std::make_unique<RunContext>(RunContext{
      motion, *stepper, steps,
      x0 ? *x0 : placed(config.start.place, [&] { return start_of(config, plain, motion); }), t0,
      companions, time_unit(*config.model)});
  recorder =
      std::make_unique<Recorder>(config.records, config.analyses, config.events, *context, t_end);
  if (config.quality.global_error) recorder->need("relative_distance_tighter");
  if (config.quality.energy_balance) recorder->need("energy_balance");
  if (config.quality.symmetry && recorder->verdicts().empty())
    reader.reject("quality",
                  "has symmetry = true, which needs an [[analysis]] with method = { name = "
                  "\"symmetry\" }");
  events = Events(recorder->events());
}

bool Assembly::may_share_gradients() const {
  return motion.may_wait() && motion.potential() && config.limits.max_wall == 0.0;
}

void Assembly::start() {
  const Vec& x0 = context->x0;
  if (!all_finite(x0)) throw SolveError("the start point is not finite");
  if (motion.potential()) {
    Probe probe(motion);
    probe.move_to(t0, 0, x0);
    if (const double loss = probe.loss(); !std::isfinite(loss))
      throw SolveError(
          fmt::format("the loss at the start is {}; check the data, their scaling and "
                      "the initialisation",
                      loss));
  }
  stepper->reset(t0, x0);
  for (auto& c : companions) {
    // A longer state (momentum) starts at rest.
    Vec x = Vec::Zero(c->motion().dim());
    const Index n = std::min(x.size(), c->name() == "tighter" ? x0.size() : plain_dim);
    x.head(n) = x0.head(n);
    c->reset(t0, x, t_end, std::max<Index>(config.limits.max_steps, LoopOptions{}.max_steps));
  }
  events.start(t0, x0);
}

namespace {

void save_counts(Archive& a, const std::string& prefix, const CallCounts& c) {
  a.put(prefix + "rhs", c.rhs);
  a.put(prefix + "jvp", c.jvp);
  a.put(prefix + "values", c.values);
  a.put(prefix + "gradients", c.gradients);
  a.put(prefix + "hessian_products", c.hessian_products);
}

CallCounts load_counts(const Archive& a, const std::string& prefix) {
  return {.rhs = a.integer(prefix + "rhs"),
          .jvp = a.integer(prefix + "jvp"),
          .values = a.integer(prefix + "values"),
          .gradients = a.integer(prefix + "gradients"),
          .hessian_products = a.integer(prefix + "hessian_products")};
}

}  // namespace

Archive Assembly::save() const {
  Archive a;
  a.put("config", resolved);
  a.put("x0", context->x0);
  a.put("steps.accepted", steps.accepted);
  a.put("steps.rejected", steps.rejected);
  save_counts(a, "calls.", motion.counts());
  stepper->save(a, "stepper.");
  for (const auto& c : companions) {
    c->save(a);
    save_counts(a, "compare." + c->name() + ".calls.", c->motion().counts());
  }
  recorder->save(a);
  events.save(a);
  return a;
}

void Assembly::load(const Archive& a) {
  start();  // sizes and buffers; the values follow
  steps.accepted = a.integer("steps.accepted");
  steps.rejected = a.integer("steps.rejected");
  stepper->load(a, "stepper.");
  motion.set_counts(load_counts(a, "calls."));
  for (auto& c : companions) {
    c->load(a);
    c->motion().set_counts(load_counts(a, "compare." + c->name() + ".calls."));
  }
  recorder->load(a, stepper->time());
  events.load(a);
}

}  // namespace thalweg
