#include <thalweg/run/evidence/evidence.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/evidence/tempered_likelihood.hpp>
#include <thalweg/run/evidence/evidence_output.hpp>
#include <thalweg/run/results.hpp>
#include <thalweg/run/run_config.hpp>
#include <thalweg/run/run_files.hpp>
#include <thalweg/run/run_keeper.hpp>
#include <thalweg/run/run_metadata.hpp>
#include <thalweg/run/sampling/chain_start.hpp>
#include <thalweg/run/start_from.hpp>
#include <thalweg/run/stored_layout.hpp>

namespace thalweg {

namespace {

// Particles come along in blocks, between which the run may stop.
constexpr Index block = 16;

// The parts of a run, made from its configuration.
struct Parts {
  explicit Parts(const Config& source) {
    ConfigReader reader(source);
    config.fields(reader);
    reader.finish();
    resolved = reader.resolved();
    const auto& e = config.evidence;
    const auto seed = static_cast<std::uint64_t>(config.seed);
    posterior = config.model->potential()->with_own_counts();
    placed(reader.place("evidence"), [&] { ladder.emplace(seed, posterior, config.sampler, e); });
    sampler = placed(reader.place("sampler"), [&] {
      return config.sampler(AnyPotential(TemperedLikelihood(posterior, 1.0)), 1.0)->info();
    });
    annealing = {.steps = e.annealing.steps,
                 .particles = e.annealing.particles,
                 .power = e.ladder.power,
                 .seed = seed};
    if (annealing.particles > 0 && !posterior.can_draw_prior())
      throw ConfigError(e.annealing_place +
                        " starts from the prior, which this model cannot draw from; set its "
                        "particles = 0");
    works.forward = Vec::Constant(annealing.particles, std::numeric_limits<double>::quiet_NaN());
    works.reverse = works.forward;
    if (!config.start.from.empty())
      parent_run_id = placed(config.start.place, [&] { return stored_run_id(config.start.from); });
  }

  // Where Laplace's search and, without draws of the prior, the ladder start.
  [[nodiscard]] Vec start_point(Rng& rng) const {
    const auto& start = config.start;
    if (start.state.empty() && start.from.empty())
      return thalweg::start_point(posterior, chain_start(posterior, "default"), rng);
    return placed(start.place, [&]() -> Vec {
      Vec q = start.from.empty() ? Vec(Eigen::Map<const Vec>(
                                       start.state.data(), static_cast<Index>(start.state.size())))
                                 : stored_state(start.from);
      if (q.size() != posterior.dim())
        throw ConfigError(fmt::format("it has {} entries; this model has {} parameters", q.size(),
                                      posterior.dim()));
      return q;
    });
  }

  void start_ladder() {
    std::vector<Vec> points;
    for (Index c = 0; c < config.evidence.ladder.chains; ++c) {
      Rng rng(static_cast<std::uint64_t>(config.seed), fmt::format("ladder-start-{}", c));
      points.push_back(start_point(rng));
    }
    ladder->start(points);
  }

  [[nodiscard]] Archive save() const {
    Archive a;
    a.put("config", resolved);
    a.put("laplace.done", std::int64_t{laplace_done});
    a.put("laplace.failure", laplace_failure);
    if (laplace) a.put("laplace.log_evidence", *laplace);
    ladder->save(a);
    a.put("works.forward", works.forward);
    a.put("works.reverse", works.reverse);
    const auto counts = posterior.counts();
    a.put("values", counts.values);
    a.put("gradients", counts.gradients);
    a.put("hessian_products", counts.hessian_products);
    return a;
  }

  void load(const Archive& a) {
    laplace_done = a.integer("laplace.done") != 0;
    laplace_failure = a.text("laplace.failure");
    if (a.has("laplace.log_evidence")) laplace = a.real("laplace.log_evidence");
    ladder->load(a);
    works.forward = a.vector("works.forward");
    works.reverse = a.vector("works.reverse");
    CallCounts counts;
    counts.values = a.integer("values");
    counts.gradients = a.integer("gradients");
    counts.hessian_products = a.integer("hessian_products");
    posterior.set_counts(counts);
  }

  [[nodiscard]] bool finished() const {
    return laplace_done && ladder->finished() && works.forward.array().isFinite().all() &&
           works.reverse.array().isFinite().all();
  }

  RunConfig config;
  std::string resolved, parent_run_id;
  AnyPotential posterior;
  SamplerInfo sampler;
  AnnealingOptions annealing;
  std::optional<Ladder> ladder;
  std::optional<double> laplace{};
  bool laplace_done = false;
  std::string laplace_failure;
  Works works;
};

Metadata metadata(const Parts& parts, const std::vector<std::string>& arguments) {
  auto m = model_metadata(parts.config, parts.resolved, &parts.posterior, parts.parent_run_id,
                          arguments);
  m.summary = fmt::format("the evidence ln Z of {}, with {}", parts.config.model_name,
                          parts.config.sampler_name);
  m.attributes["sampler"] = parts.sampler.name;
  m.attributes["sampler_description"] = parts.sampler.description;
  if (!parts.sampler.approximation.empty())
    m.attributes["approximation"] = parts.sampler.approximation;
  m.attributes["restart"] = std::string("a resumed run gives the same bits");
  return m;
}

class Driver {
 public:
  Driver(Parts& parts, RunOutput& output, const RunDirectory& directory, const RunRequest& request)
      : parts_(parts),
        output_(output),
        directory_(directory),
        request_(request),
        watch_(request.stop_signal, parts.config.limits.max_wall),
        keeper_(output, directory, parts.config.output, parts.resolved) {
    summary_.directory = directory.path();
    summary_.solver = parts.sampler.description;
    if (!directory.warning().empty()) summary_.warnings.push_back(directory.warning());
  }

  RunSummary drive() {
    checkpoint();  // from here on the run can be resumed, even after SIGKILL
    directory_.write_config(parts_.resolved);
    summary_.outcome = Outcome::complete;
    summary_.message = "ln Z of " + parts_.config.model_name;
    try {
      laplace_step();
      while (!parts_.ladder->finished()) {
        refuse_more_steps();
        if (!parts_.ladder->climb([&] { return watch_.must_stop(); })) stop();
        keep();
        tell_progress();
      }
      anneal(parts_.works.forward, true);
      anneal(parts_.works.reverse, false);
    } catch (const StopInside& s) {
      parts_.posterior.set_counts(counts_kept_);  // what was broken off is made again
      summary_.outcome = s.outcome;
      summary_.message = s.message;
    } catch (const SolveError& e) {
      summary_.outcome = Outcome::not_finite;
      summary_.message = e.what();
    }
    checkpoint();
    return finish();
  }

 private:
  void refuse_more_steps() const {
    const auto& l = parts_.config.evidence.ladder;
    const auto rungs = static_cast<Index>(parts_.ladder->rungs().size());
    const Index most = parts_.config.limits.max_steps;
    if (rungs * (l.warmup + l.draws) >= most)
      throw StopInside{Outcome::step_budget,
                       fmt::format("{} transitions of each chain (limits.max_steps) were over "
                                   "after {} of {} rungs",
                                   most, rungs, parts_.ladder->b().size())};
  }

  [[noreturn]] void stop() const {
    const auto& ladder = *parts_.ladder;
    const auto at = ladder.finished() ? fmt::format("after {} of {} particles", particles_done(),
                                                    2 * parts_.annealing.particles)
                                      : fmt::format("after {} of {} rungs", ladder.rungs().size(),
                                                    ladder.b().size());
    throw watch_.reason(at);
  }

  void laplace_step() {
    if (parts_.laplace_done) return;
    if (parts_.config.evidence.laplace && !parts_.posterior.has_hvp()) {
      parts_.laplace_failure = "Laplace's approximation needs Hessian products of the model";
    } else if (parts_.config.evidence.laplace) {
      try {
        Rng rng(static_cast<std::uint64_t>(parts_.config.seed), "laplace");
        const auto found = laplace(parts_.posterior, parts_.start_point(rng));
        parts_.laplace = found.log_evidence;
        put_laplace(output_, found);
      } catch (const SolveError& e) {
        parts_.laplace_failure = e.what();
      }
    }
    parts_.laplace_done = true;
    keep();
  }

  // Blocks of particles; each adds its -W alone, so that nothing depends on the blocks.
  void anneal(Vec& works, bool forward) {
    const AnnealingMove move = [&](const AnyPotential& target, Vec& q, Rng& rng) {
      if (watch_.must_stop()) throw StopInside{};
      const auto b = target.target<TemperedLikelihood>()->inverse_temperature();
      const auto& tuning = parts_.ladder->tuning(b);
      const auto chain = parts_.config.sampler(target, 1.0);
      chain->set_tuning(tuning.step_size, tuning.metric);
      chain->start(q, 0, rng);
      for (Index i = 0; i < parts_.config.evidence.annealing.transitions; ++i)
        chain->transition(rng);
      q = chain->position();
    };
    for (Index first = 0; first < works.size(); first += block) {
      const Index n = std::min(block, works.size() - first);
      if (works.segment(first, n).array().isFinite().all()) continue;
      if (watch_.must_stop()) stop();
      Vec found(n);
      try {
        parallel_for(n, [&](Index i, int) {
          Vec q;
          if (!forward) q = parts_.ladder->posterior_draws().col(first + i);
          found[i] =
              anneal_particle(parts_.posterior, move, parts_.annealing, forward, first + i, q);
        });
      } catch (const StopInside&) {
        stop();
      }
      if (!found.array().isFinite().all())
        throw SolveError("the work of annealing is not finite; check the data and their scaling");
      works.segment(first, n) = found;
      keep();
      tell_progress();
    }
  }

  [[nodiscard]] Index particles_done() const {
    const auto& w = parts_.works;
    return (w.forward.array().isFinite().count() + w.reverse.array().isFinite().count());
  }

  RunStatus status(const std::string& name, const std::string& reason) const {
    const auto counts = parts_.posterior.counts();
    RunStatus s;
    s.status = name;
    s.reason = reason;
    s.counts = {{"rungs", static_cast<std::int64_t>(parts_.ladder->rungs().size())},
                {"particles", particles_done()},
                {"value_calls", counts.values},
                {"gradient_calls", counts.gradients},
                {"hessian_products", counts.hessian_products}};
    return s;
  }

  // Numbers so far are written anew for each publish.
  RunStatus so_far() {
    put_progress(output_, *parts_.ladder, parts_.works);
    return status("running", "");
  }

  void checkpoint() { keeper_.checkpoint(so_far(), parts_.save()); }

  void keep() {
    if (keeper_.checkpoint_due())
      checkpoint();
    else if (keeper_.publish_due())
      keeper_.publish(so_far());
  }

  // By the transitions that are done, of all; those of a rung cost about as much at any b.
  void tell_progress() {
    if (!request_.on_sampling) return;
    const auto& ladder = *parts_.ladder;
    const auto& l = parts_.config.evidence.ladder;
    const auto rung = static_cast<double>(l.chains * (l.warmup + l.draws));
    const auto particle =
        static_cast<double>(parts_.annealing.steps * parts_.config.evidence.annealing.transitions);
    const double all = rung * static_cast<double>(ladder.b().size()) +
                       particle * 2.0 * static_cast<double>(parts_.annealing.particles);
    const double done = rung * static_cast<double>(ladder.rungs().size()) +
                        particle * static_cast<double>(particles_done());
    request_.on_sampling(done / all,
                         ladder.finished()
                             ? fmt::format("annealing  {} of {} particles", particles_done(),
                                           2 * parts_.annealing.particles)
                             : fmt::format("ladder  b {:.3g}  <ln p(D|q)> {:.5g}",
                                           ladder.rungs().back().b, ladder.rungs().back().at.mean));
  }

  RunSummary finish() {
    auto found = evidence_numbers(parts_.laplace, *parts_.ladder, parts_.works);
    put_numbers(output_, found);
    if (!parts_.laplace_failure.empty())
      summary_.warnings.push_back("no number of Laplace's: " + parts_.laplace_failure);
    if (!parts_.sampler.adjusted)
      summary_.warnings.push_back("means and bounds are not exact: " +
                                  parts_.sampler.approximation);
    for (auto& w : evidence_warnings(*parts_.ladder, parts_.works))
      summary_.warnings.push_back(std::move(w));
    summary_.evidence = std::move(found);
    summary_.calls = parts_.posterior.counts();
    summary_.seconds = watch_.seconds();
    finish_run(directory_, output_, status(name(summary_.outcome), status_reason(summary_)), {},
               parts_.config.output.report, summary_);
    return summary_;
  }

  Parts& parts_;
  RunOutput& output_;
  const RunDirectory& directory_;
  const RunRequest& request_;
  RunSummary summary_;
  StopWatch watch_;
  RunKeeper keeper_;
  CallCounts counts_kept_{parts_.posterior.counts()};
};

}  // namespace

bool asks_for_evidence(const Config& config) { return config.root().find("evidence") != nullptr; }

CheckedRun check_evidence(const Config& config) {
  Parts parts(config);
  parts.start_ladder();
  CheckedRun checked{.resolved = parts.resolved};
  const auto& e = parts.config.evidence;
  checked.remarks.push_back(fmt::format(
      "{}; {} rungs of {} chains with {} transitions each, then {} particles up and down with {} "
      "transitions each",
      parts.sampler.description, parts.ladder->b().size(), e.ladder.chains,
      e.ladder.warmup + e.ladder.draws, e.annealing.particles,
      (e.annealing.steps - 1) * e.annealing.transitions));
  checked.results = {{.name = "evidence",
                      .variables = evidence_variables(e.laplace, e.annealing.particles > 0),
                      .time_axis = "",
                      .group = "/evidence"}};
  Rng rng(0, "start");
  const bool given = !parts.config.start.from.empty();
  checked.identity = facts_and_start(&parts.posterior, given ? parts.start_point(rng) : Vec());
  return checked;
}

RunSummary run_evidence(const Config& config, const RunRequest& request) {
  Parts parts(config);
  parts.start_ladder();
  const auto directory = new_run_directory(request);
  auto output = RunOutput::create(directory.path(), metadata(parts, request.arguments), {});
  put_layout(output, parts.posterior.layout());
  return Driver(parts, output, directory, request).drive();
}

RunSummary resume_evidence(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request) {
  Parts parts(config);
  parts.start_ladder();
  parts.load(saved.archive);
  const auto status = h5::File::open(directory.file("result.h5")).attribute("/", "status");
  if (parts.finished() && status == h5::Value(name(Outcome::complete)))
    throw ConfigError(fmt::format(
        "the run in {} is complete; start another run with more rungs, draws or particles",
        directory.path()));
  auto output = RunOutput::reopen(directory.path(), metadata(parts, request.arguments), {}, {});
  return resumed(saved, request, [&] { return Driver(parts, output, directory, request).drive(); });
}

}  // namespace thalweg
