#include <thalweg/run/sampling/sampling.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/io/result_file.hpp>
#include <thalweg/run/results.hpp>
#include <thalweg/run/run_config.hpp>
#include <thalweg/run/run_files.hpp>
#include <thalweg/run/run_keeper.hpp>
#include <thalweg/run/run_metadata.hpp>
#include <thalweg/run/sampling/chain_start.hpp>
#include <thalweg/run/sampling/chains.hpp>
#include <thalweg/run/start_from.hpp>
#include <thalweg/run/stored_layout.hpp>

namespace thalweg {

namespace {

constexpr std::size_t most_bytes_per_round = 8U << 20;
constexpr double round_seconds = 0.25;  // between looks at signals, limits and the clock

// The parts of a run, made from its configuration.
struct Parts {
  explicit Parts(const Config& source) {
    ConfigReader reader(source);
    config.fields(reader);
    reader.finish();
    resolved = reader.resolved();
    const auto seed = static_cast<std::uint64_t>(config.seed);
    check_keep(potential(), config.draws);
    placed(reader.place("sampler"),
           [&] { chains.emplace(seed, potential(), config.sampler, config.draws); });
    if (!config.draws.tuning_from.empty())
      chains->set_tuning(placed(config.draws.tuning_place, [&] {
        return stored_tuning(config.draws.tuning_from, potential().dim());
      }));
    const auto& start = config.start;
    if (start.state.empty() && start.from.empty()) {
      chain_start_ = placed(config.draws.start_place,
                            [&] { return chain_start(potential(), config.draws.start); });
      how_started = describe(*chain_start_);
    } else {
      if (config.draws.start != "default")
        throw ConfigError(fmt::format("{} = \"{}\" stands beside a table [start]; give one of them",
                                      config.draws.start_place, config.draws.start));
      how_started = "all chains from one point, so that their agreement says less";
      if (!start.from.empty())
        parent_run_id = placed(start.place, [&] { return stored_run_id(start.from); });
    }
  }

  [[nodiscard]] const AnyPotential& potential() const { return *config.model->potential(); }
  [[nodiscard]] const SamplerInfo& sampler() const {
    return chains->chains().front().sampler().info();
  }

  [[nodiscard]] std::vector<Vec> start_points() {
    std::vector<Vec> points;
    if (chain_start_) {
      for (auto& c : chains->chains())
        points.push_back(start_point(potential(), *chain_start_, c.rng()));
      return points;
    }
    const auto& start = config.start;
    const Vec q = placed(start.place, [&]() -> Vec {
      Vec given = start.from.empty()
                      ? Vec(Eigen::Map<const Vec>(start.state.data(),
                                                  static_cast<Index>(start.state.size())))
                      : stored_state(start.from);
      if (given.size() != potential().dim())
        throw ConfigError(fmt::format("it has {} entries; this model has {} parameters",
                                      given.size(), potential().dim()));
      return given;
    });
    points.assign(chains->chains().size(), q);
    return points;
  }

  [[nodiscard]] Archive save() const {
    Archive a;
    a.put("config", resolved);
    chains->save(a);
    return a;
  }

  RunConfig config;
  std::string resolved, how_started, parent_run_id;
  std::optional<Chains> chains;

 private:
  std::optional<ChainStart> chain_start_;
};

Metadata metadata(const Parts& parts, const std::vector<std::string>& arguments) {
  auto m = model_metadata(parts.config, parts.resolved, &parts.potential(), parts.parent_run_id,
                          arguments);
  const auto& sampler = parts.sampler();
  m.summary = fmt::format("{} draws from {}", sampler.name, parts.config.model_name);
  m.attributes["name"] = m.title;
  m.attributes["sampler"] = sampler.name;
  m.attributes["sampler_description"] = sampler.description;
  m.attributes["temperature"] = parts.config.draws.temperature;
  m.attributes["chain_start"] = parts.how_started;
  m.attributes["tuning_steps"] = std::int64_t{parts.config.draws.warmup};
  if (!sampler.approximation.empty()) m.attributes["approximation"] = sampler.approximation;
  m.attributes["restart"] = std::string("a resumed run gives the same bits");
  return m;
}

class Driver {
 public:
  Driver(Parts& parts, RunOutput& output, const RunDirectory& directory, const RunRequest& request)
      : parts_(parts),
        chains_(*parts.chains),
        output_(output),
        directory_(directory),
        request_(request),
        watch_(request.stop_signal, parts.config.limits.max_wall),
        keeper_(output, directory, parts.config.output, parts.resolved) {
    summary_.directory = directory.path();
    summary_.solver = parts.sampler().description;
    if (!directory.warning().empty()) summary_.warnings.push_back(directory.warning());
  }

  RunSummary drive() {
    checkpoint();  // from here on the run can be resumed, even after SIGKILL
    directory_.write_config(parts_.resolved);
    summary_.outcome = Outcome::complete;
    summary_.message = fmt::format("{} draws of each of {} chains", parts_.config.draws.count,
                                   parts_.config.draws.chains);
    Index n = 1;
    while (!chains_.finished()) {
      if (const auto stop = reason_to_stop()) {
        summary_.outcome = stop->outcome;
        summary_.message = stop->message;
        break;
      }
      n = std::min(n, chains_.left_in_phase());
      const bool warmup = chains_.warming_up();
      const auto start = Clock::now();
      chains_.advance(n, output_);
      n = next_round(n, seconds_since(start));
      if (warmup && !chains_.warming_up()) put_tuning(output_, chains_.tuning());
      if (keeper_.publish_due()) keeper_.publish(status("running", ""));
      if (keeper_.checkpoint_due()) checkpoint();
      tell_progress();
    }
    checkpoint();
    return finish();
  }

 private:
  // Rounds of about a quarter of a second; their length changes no draw.
  [[nodiscard]] Index next_round(Index n, double seconds) const {
    const auto by_memory = static_cast<Index>(most_bytes_per_round /
                                              std::max<std::size_t>(1, chains_.bytes_per_draw()));
    const double by_time = static_cast<double>(n) * round_seconds / std::max(seconds, 1e-6);
    return std::clamp<Index>(static_cast<Index>(std::min(by_time, 4.0 * static_cast<double>(n))), 1,
                             std::max<Index>(1, by_memory));
  }

  [[nodiscard]] std::optional<StopInside> reason_to_stop() const {
    const auto at = [&] {
      return chains_.warming_up()
                 ? fmt::format("after {} of {} transitions of the warm-up", chains_.done(),
                               parts_.config.draws.warmup)
                 : fmt::format("after {} of {} draws", chains_.draws(), parts_.config.draws.count);
    };
    if (watch_.must_stop()) return watch_.reason(at());
    const Index most = parts_.config.limits.max_steps;
    if (chains_.chains().front().transitions() >= most)
      return StopInside{
          Outcome::step_budget,
          fmt::format("{} transitions of each chain (limits.max_steps) were over {}", most, at())};
    return std::nullopt;
  }

  RunStatus status(const std::string& name, const std::string& reason) const {
    const auto counts = chains_.counts();
    std::int64_t transitions = 0;
    for (const auto& c : chains_.chains()) transitions += c.transitions();
    RunStatus s;
    s.status = name;
    s.reason = reason;
    s.t_reached = static_cast<double>(chains_.done());
    s.counts = {{"transitions", transitions},
                {"draws_per_chain", chains_.draws()},
                {"divergences", chains_.divergences()},
                {"value_calls", counts.values},
                {"gradient_calls", counts.gradients}};
    return s;
  }

  void checkpoint() { keeper_.checkpoint(status("running", ""), parts_.save()); }

  void tell_progress() {
    if (!request_.on_sampling || !watch_.progress_due()) return;
    const auto& draws = parts_.config.draws;
    double low = 1e300, high = 0.0;
    for (const auto& c : chains_.chains()) {
      low = std::min(low, c.sampler().step_size());
      high = std::max(high, c.sampler().step_size());
    }
    const std::string steps = low == high ? fmt::format("step {:.2g}", low)
                                          : fmt::format("step {:.2g}..{:.2g}", low, high);
    const std::string where = chains_.warming_up()
                                  ? fmt::format("warm-up {}/{}", chains_.done(), draws.warmup)
                                  : fmt::format("draws {}/{}  divergences {}", chains_.draws(),
                                                draws.count, chains_.divergences());
    request_.on_sampling(
        static_cast<double>(chains_.done()) / static_cast<double>(draws.warmup + draws.count),
        fmt::format("{} chains  {}  {}  U {:.5g}", draws.chains, where, steps,
                    chains_.mean_potential()));
  }

  RunSummary finish() {
    const auto& draws = parts_.config.draws;
    if (!chains_.warming_up()) put_tuning(output_, chains_.tuning());
    SamplingSummary sampling;
    sampling.chains = draws.chains;
    sampling.warmup = chains_.done() - chains_.draws();
    sampling.draws = chains_.draws();
    sampling.temperature = draws.temperature;
    sampling.divergences = chains_.divergences();
    for (std::size_t i = 0; i < chains_.chains().size(); ++i) {
      sampling.step_size.push_back(chains_.chains()[i].sampler().step_size());
      sampling.acceptance.push_back(chains_.mean_acceptance(i));
    }
    put_replicas(sampling);
    if (!parts_.sampler().adjusted)
      summary_.warnings.push_back("the draws are not exact: " + parts_.sampler().approximation);
    if (chains_.divergences() > 0)
      summary_.warnings.push_back(fmt::format(
          "{} trajectories diverged: the draws miss where the density bends sharply; raise "
          "sampler.target_acceptance or change the coordinates (their positions are in the group "
          "/divergences)",
          chains_.divergences()));
    summary_.t = static_cast<double>(chains_.done());
    summary_.steps.accepted = 0;
    for (const auto& c : chains_.chains()) summary_.steps.accepted += c.transitions();
    summary_.calls = chains_.counts();
    summary_.sampling = std::move(sampling);
    summary_.seconds = watch_.seconds();
    finish_run(directory_, output_, status(name(summary_.outcome), status_reason(summary_)),
               chains_.schemas(), parts_.config.output.report, summary_);
    return summary_;
  }

  void put_replicas(SamplingSummary& sampling) {
    const auto& temperatures = parts_.sampler().temperatures;
    if (temperatures.empty()) return;
    sampling.temperatures = temperatures;
    std::vector<Vec> rates;
    std::vector<double> trips;
    for (const auto& c : chains_.chains()) {
      rates.push_back(c.sampler().swap_rates());
      trips.push_back(static_cast<double>(c.sampler().round_trips()));
      sampling.round_trips += c.sampler().round_trips();
    }
    for (Index k = 0; k < rates.front().size(); ++k) {
      double mean = 0.0;
      for (const auto& r : rates) mean += r[k] / static_cast<double>(rates.size());
      sampling.swap_rates.push_back(mean);
    }
    thalweg::put_replicas(output_, temperatures, rates, trips);
    if (chains_.draws() == 0) return;
    const auto least = std::ranges::min_element(sampling.swap_rates);
    const auto at = static_cast<std::size_t>(least - sampling.swap_rates.begin());
    if (*least < 0.1)
      summary_.warnings.push_back(fmt::format(
          "the replicas at T = {:.3g} and {:.3g} exchanged {:.2g} of the times they tried, below "
          "0.1: raise sampler.replicas or lower sampler.hottest",
          temperatures[at], temperatures[at + 1], *least));
    else if (sampling.round_trips < 10 * sampling.chains)
      summary_.warnings.push_back(fmt::format(
          "walkers came back from the hottest replica {} times in {} chains: the weights of "
          "separate modes are known no better than so many draws tell; take more draws",
          sampling.round_trips, sampling.chains));
  }

  Parts& parts_;
  Chains& chains_;
  RunOutput& output_;
  const RunDirectory& directory_;
  const RunRequest& request_;
  RunSummary summary_;
  StopWatch watch_;
  RunKeeper keeper_;
};

void put_start(RunOutput& output, const std::vector<Vec>& points) {
  Variable v{.name = "state", .long_name = "where each chain started"};
  v.axes = {Axis{.name = "chain", .size = static_cast<Index>(points.size())},
            Axis{.name = "unknown",
                 .size = points.front().size(),
                 .long_name = "position in the flat state; /layout names its blocks"}};
  std::vector<double> values;
  for (const auto& p : points) values.insert(values.end(), p.begin(), p.end());
  output.put_counted("/initial", v, values);
}

}  // namespace

bool asks_for_draws(const Config& config) { return config.root().find("sampler") != nullptr; }

CheckedRun check_sampling(const Config& config) {
  Parts parts(config);
  const auto points = parts.start_points();
  parts.chains->start(points);
  CheckedRun checked{.resolved = parts.resolved};
  const auto& draws = parts.config.draws;
  checked.remarks.push_back(fmt::format("{}; {}", parts.sampler().description, parts.how_started));
  checked.remarks.push_back(fmt::format(
      "{} draws of {} chains of {} parameters take up to {:.3g} MB in result.h5 and, a few seconds "
      "of them at a time, in memory; [draws] keep and thin make that less",
      draws.count, draws.chains, parts.potential().dim(),
      1e-6 * static_cast<double>(parts.chains->bytes_per_draw()) *
          static_cast<double>(draws.count)));
  checked.results = parts.chains->schemas();
  checked.identity = facts_and_start(&parts.potential(), points.front());
  return checked;
}

RunSummary run_sampling(const Config& config, const RunRequest& request) {
  Parts parts(config);
  const auto points = parts.start_points();
  parts.chains->start(points);
  const auto directory = new_run_directory(request);
  auto output = RunOutput::create(directory.path(), metadata(parts, request.arguments),
                                  parts.chains->schemas(), output_options(parts.config.output));
  put_start(output, points);
  put_layout(output, parts.potential().layout());
  for (const auto& e : parts.potential().observed_data())
    output.put_counted("/observed_data", e.variable, e.values);
  return Driver(parts, output, directory, request).drive();
}

RunSummary resume_sampling(const Config& config, const Checkpoint& saved,
                           const RunDirectory& directory, const RunRequest& request) {
  Parts parts(config);
  parts.chains->start(parts.start_points());  // sizes and buffers; the values follow
  parts.chains->load(saved.archive);
  if (parts.chains->done() > parts.config.draws.warmup + parts.config.draws.count)
    throw ConfigError(
        fmt::format("the run in {} has {} draws of each chain already; ask for more "
                    "with --set draws.count=...",
                    directory.path(), parts.chains->draws()));
  const auto status = h5::File::open(directory.file("result.h5")).attribute("/", "status");
  if (parts.chains->finished() && status == h5::Value(name(Outcome::complete)))
    throw ConfigError(
        fmt::format("the run in {} has all its {} draws of each chain; ask for more "
                    "with --set draws.count=...",
                    directory.path(), parts.chains->draws()));
  const auto schemas = parts.chains->schemas();
  auto output = RunOutput::reopen(directory.path(), metadata(parts, request.arguments), schemas,
                                  saved_rows(saved.archive, schemas.size()),
                                  output_options(parts.config.output));
  return resumed(saved, request, [&] { return Driver(parts, output, directory, request).drive(); });
}

}  // namespace thalweg
