#include <thalweg/run/run_config.hpp>

#include <fmt/format.h>

#include <set>
#include <thalweg/core/piecewise_stepper.hpp>
#include <thalweg/core/registry.hpp>

namespace thalweg {

void StartConfig::fields(Fields& f) {
  f("state", state, "1", "the start point itself; otherwise the model makes one from the seed");
  f("from", from, "", "a run's directory (its final state) or FILE.h5:/dataset");
  place = f.place(from.empty() ? "state" : "from");
  if (f.reading() && !state.empty() && !from.empty())
    f.reject("from", "stands beside start.state; give one of them");
}

void TimeConfig::fields(Fields& f) {
  f("start", start, "1", "model time at the start");
  if (depth && !f.given("end") && !f.given("steps")) end = depth->end;
  f("end", end, "1", "model time at the end; without, the depth of a model whose time that is");
  f("steps", steps, "1", "number of steps instead of an end, for a map", at_least(1));
  if (!f.reading()) return;
  if (end && steps) f.reject("steps", "stands beside time.end; give one of them");
  if (depth && !(start < depth->end))
    f.reject("start", fmt::format("must be < model.{} = {:g}", depth->key, depth->end));
  if (end && !(*end > start)) f.reject("end", "must be > time.start");
  if (!depth) return;
  const std::string rule = fmt::format(
      "must not lead beyond model.{} = {:g}, where the net ends; shorten it or raise model.{}",
      depth->key, depth->end, depth->key);
  if (end && *end > depth->end) f.reject("end", rule);
  if (steps && start + static_cast<double>(*steps) > depth->end) f.reject("steps", rule);
}

void LimitsConfig::fields(Fields& f) {
  if (of_steps)
    f("max_steps", max_steps, "1",
      "tried steps, or transitions of each chain, before the run stops, resumable", at_least(1));
  f("max_wall", max_wall, "s", "wall time before the run stops, resumable; 0: none", at_least(0));
  if (of_motion)
    f("divergence", divergence, "1", "|x| beyond this ends the run as diverged", positive());
}

void OutputConfig::fields(Fields& f) {
  f("checkpoint_every", checkpoint_every, "s", "wall time between checkpoints", positive());
  f("publish_every", publish_every, "s", "longest a row may wait in memory", between(0.1, 10.0));
  f("report", report, "", "make report.html at the end");
}

void QualityConfig::fields(Fields& f) {
  f("global_error", global_error, "1",
    "largest relative error at the end, estimated by a second run at a tenth of the tolerance",
    positive());
  f("energy_balance", energy_balance, "1", "largest residual of the energy identity at the end",
    positive());
  f("symmetry", symmetry, "", "no FAIL of an [[analysis]] that audits symmetries");
}

void RecordConfig::fields(Fields& f) {
  f("name", name, "", "name of the series in the file: /series/<name>");
  f("when", when, "", "when to take a row");
  f("what", what, "",
    "quantities (thalweg list quantities); none: what one looks at first, loss, gradient norm, "
    "step size, layer speeds, and a short state");
  when_place = f.place("when");
  what_places.clear();
  for (std::size_t i = 0; i < what.size(); ++i) what_places.push_back(f.place("what", i));
}

void MotionConfig::fields(Fields& f) {
  const AnyModel* m = f.reading() && model ? &model->value() : nullptr;
  if (m && !m->potential()) {
    if (f.given("dynamics"))
      f.reject("dynamics",
               "needs a potential, but the model is a motion of its own; remove the table");
  } else {
    part<Dynamics>(f, "dynamics", dynamics_name, thalweg::dynamics(), "the motion on a potential",
                   [&](Dynamics&& d) { dynamics = std::move(d); });
  }
  const auto moves_in_steps = [&] { return bool(dynamics(*m->potential()).map()); };
  const bool is_map =
      m && (m->map() || (m->potential() && placed(f.place("dynamics"), moves_in_steps)));
  if (is_map) {
    if (f.given("solver"))
      f.reject("solver",
               "does not apply to a discrete map, which steps by itself; remove the table");
  } else {
    part<SolverFactory>(f, "solver", solver_name, solvers(), "how a flow is integrated",
                        [&](SolverFactory&& s) { solver = by_pieces(std::move(s)); });
  }
}

void CompareConfig::fields(Fields& f) {
  f("name", name, "", "name in quantities: distance_<name>, loss_<name>");
  place = f.place("name");
  motion.fields(f);
}

namespace {

template <class T>
void list(Fields& f, const char* key, const char* doc, std::vector<T>& all) {
  f.array_of_tables(key, all.size(), doc, [&](std::size_t i) {
    if (i >= all.size()) all.resize(i + 1);
    all[i].fields(f);
  });
}

bool is_name(const std::string& s) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (s.empty() || s.size() > 64 || !letter(s[0])) return false;
  for (const char c : s)
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '_') return false;
  return true;
}

template <class T>
void check_names(Fields& f, const char* key, const std::vector<T>& all) {
  std::set<std::string> seen;
  for (const auto& x : all) {
    if (!is_name(x.name))
      f.reject(key, "name = \"" + x.name +
                        "\" must be a letter, then letters, digits or _, at most 64 in all");
    if (!seen.insert(x.name).second)
      f.reject(key, "name = \"" + x.name + "\" is there twice; names must differ");
  }
}

}  // namespace

void RunConfig::fields(Fields& f) {
  f("title", title, "", "one line for the report");
  f("seed", seed, "1", "of every random number of the run", at_least(0));
  if (f.reading() && !f.given("model"))
    f.reject("model", "is missing; add [model] with name = one of thalweg list models");
  part<AnyModel>(f, "model", model_name, models(), "what is studied",
                 [&](AnyModel&& m) { model = std::move(m); });
  // A configuration speaks of a motion or of a sampler; a description speaks of both.
  const bool samples = f.given("sampler") || f.given("evidence");
  if (samples || !f.reading()) sampling_fields(f);
  f("start", start, "", "where the run starts");
  if (!samples) motion_fields(f);
  f("limits", limits, "", "when to give up");
  f("output", output, "", "files of the run");
}

void RunConfig::sampling_fields(Fields& f) {
  part<SamplerFactory>(f, "sampler", sampler_name, samplers(),
                       "draw from exp(-U/T), U the model, instead of running a motion",
                       [&](SamplerFactory&& s) { sampler = std::move(s); });
  limits.of_motion = !f.reading();
  if (f.given("evidence") && f.given("draws"))
    f.reject("draws",
             "does not apply where there is an [evidence], whose ladder has its own; remove one "
             "of the two");
  if (!f.given("evidence"))
    f("draws", draws, "", "how many draws, of how many chains, and what to keep");
  if (!f.reading() || f.given("evidence"))
    f("evidence", evidence, "", "ln Z of the posterior, by the sampler's chains, instead of draws");
  if (!f.reading()) return;
  if (!model->potential())
    f.reject(f.given("evidence") ? "evidence" : "sampler",
             "needs a potential, but the model is a motion; remove the table");
  for (const char* table : {"dynamics", "solver", "time", "record", "analysis", "event", "compare",
                            "quality", "tangents"})
    if (f.given(table))
      f.reject(table,
               fmt::format("belongs to a motion and does not apply where there is {}; remove one "
                           "of the two",
                           f.given("evidence") ? "an [evidence]" : "a [sampler]"));
}

void RunConfig::lyapunov_fields(Fields& f) {
  f("lyapunov", lyapunov, "",
    "Lyapunov exponents of the motion from several starts, instead of one run");
  if (!f.reading()) return;
  limits.of_motion = limits.of_steps = false;
  for (const char* table :
       {"time", "record", "analysis", "event", "compare", "quality", "tangents"})
    if (f.given(table))
      f.reject(table,
               "belongs to a single run and does not apply where there is a [lyapunov], "
               "which has its own times; remove one of the two");
}

void RunConfig::motion_fields(Fields& f) {
  if (f.reading() && f.given("draws"))
    f.reject("draws", "needs a [sampler] that draws; add [sampler] name = \"nuts\"");
  motion.model = &model;
  motion.fields(f);
  if (f.given("lyapunov") || !f.reading()) lyapunov_fields(f);
  if (f.given("lyapunov")) return;
  if (f.reading()) time.depth = model->depth_limit();
  if (f.given("tangents") || !f.reading()) {
    tangents.emplace();
    f("tangents", *tangents, "",
      "tangent vectors that the run carries along, as a part of its state");
  }
  f("time", time, "", "how long it runs");
  if (f.reading() && !f.given("record")) records.resize(1);
  list(f, "record", "what to record, and when; one record of the defaults when there is none",
       records);
  list(f, "analysis", "what to compute of the landscape, and when", analyses);
  list(f, "event", "what to watch for", events);
  f.array_of_tables("compare", compare.size(),
                    "other motions from the same start, for distances at equal time",
                    [&](std::size_t i) {
                      if (i >= compare.size()) compare.resize(i + 1);
                      compare[i].motion.model = &model;
                      compare[i].fields(f);
                    });
  f("quality", quality, "", "what the result must satisfy; exit code 4 when it does not");
  if (!f.reading()) return;
  check_names(f, "record", records);
  check_names(f, "analysis", analyses);
  for (const auto& a : analyses)
    for (const auto& r : records)
      if (a.name == r.name)
        f.reject("analysis", "name = \"" + a.name + "\" is a record's too; names must differ");
  check_names(f, "event", events);
  check_names(f, "compare", compare);
  if (!compare.empty() && !model->potential())
    f.reject("compare",
             "needs a potential, but the model is a motion of its own; remove the table");
}

}  // namespace thalweg
