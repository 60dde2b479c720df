#include <thalweg/sweep/sweep.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/io/run_directory.hpp>
#include <thalweg/report/sweep_report.hpp>
#include <thalweg/sweep/joint_members.hpp>
#include <thalweg/sweep/member_process.hpp>
#include <thalweg/sweep/member_store.hpp>
#include <thalweg/sweep/prepare.hpp>
#include <thalweg/sweep/sweep_file.hpp>

namespace thalweg {

namespace {

namespace fs = std::filesystem;
bool is_finished(int end, const SweepRequest& request) {
  return end != MemberEnd::not_run && !MemberEnd::may_differ(end) &&
         !(request.retry_failed && MemberEnd::failed(end));
}

/// Members in threads. What a thread finishes goes to the store at once.
class Driver {
 public:
  Driver(const PreparedSweep& parts, MemberStore& store, const RunDirectory& directory,
         const SweepRequest& request, SweepSummary& summary)
      : parts_(parts),
        store_(store),
        directory_(directory),
        request_(request),
        summary_(summary),
        joint_(parts.joint_shapes.size()),
        under_way_(static_cast<std::size_t>(threads() * most_joint_members)) {}

  void run() {
    std::set<MemberId> seen;
    for (Index i = 0; i < parts_.plan->members(); ++i) {
      const auto& id = parts_.ids[static_cast<std::size_t>(i)];
      if (!seen.insert(id).second) continue;  // the same member twice
      const int end = store_.end(id);
      if (is_finished(end, request_)) {
        ++done_;
        count_failure(end, i);
      } else {
        waiting(i).push_back(i);
      }
    }
    total_ = static_cast<Index>(seen.size());
    summary_.found = done_;
    share(static_cast<std::ptrdiff_t>(alone_.size()), [&](std::ptrdiff_t k, int worker) {
      if (!over()) member(alone_[static_cast<std::size_t>(k)], worker * most_joint_members);
    });
    for (const auto& members : joint_) {
      std::atomic<std::size_t> next{0};
      share(threads(), [&](std::ptrdiff_t, int worker) { joint_members(members, next, worker); });
    }
    store_.sync();
  }

 private:
  /// The list that an unfinished member belongs to.
  std::vector<Index>& waiting(Index i) {
    const auto shape = parts_.joint_shape[static_cast<std::size_t>(i)];
    if (shape < 0 || parts_.config.keep_runs) return alone_;
    return joint_[static_cast<std::size_t>(shape)];
  }

  /// parallel_for, of which an exception, such as of a full disk, stops everything.
  template <class F>
  void share(std::ptrdiff_t n, F body) {
    parallel_for(n, [&](std::ptrdiff_t k, int worker) {
      try {
        body(k, worker);
      } catch (...) {
        stop_ = true;
        throw;
      }
    });
  }

  /// Members of one shape, of which other threads take some too.
  void joint_members(const std::vector<Index>& members, std::atomic<std::size_t>& next,
                     int worker) {
    const Index first = worker * most_joint_members;
    run_joint_members({.next = [&]() -> std::optional<Index> {
                         const auto k = next++;
                         if (k >= members.size() || over()) return std::nullopt;
                         return members[k];
                       },
                       .config = [&](Index i) { return parts_.plan->config(i); },
                       .done =
                           [&](Index i, Index place, const MemberResult& result) {
                             const auto retried = parts_.config.on_failure == "retry" &&
                                                  MemberEnd::may_differ(result.end) && !over();
                             if (retried)
                               member(i, first + place, result);
                             else
                               finish(i, first + place, result);
                           },
                       .options = [&](Index place) { return options(first + place); }},
                      parts_.ids, parts_.collected);
  }

  /// Why nothing more is to be begun.
  bool over() {
    if (stop_ || (request_.stop_signal && *request_.stop_signal)) return true;
    const double most = parts_.config.limits.max_wall;
    if (most > 0.0 && seconds_since(begin_) > most) {
      const std::lock_guard lock(mutex_);
      stop("wall_budget", fmt::format("{:g} s (limits.max_wall) were over", most));
      return true;
    }
    return false;
  }

  /// `first`: of the first attempt, where it was made already.
  void member(Index i, Index place, std::optional<MemberResult> first = std::nullopt) {
    const Index retries = parts_.config.on_failure == "retry" ? parts_.config.retries : 0;
    auto result = first ? *first : attempt_member(i, place);
    for (Index retry = 0; retry < retries; ++retry) {
      if (!MemberEnd::may_differ(result.end) || over()) break;
      result = attempt_member(i, place);
    }
    finish(i, place, result);
  }

  void finish(Index i, Index place, const MemberResult& result) {
    const std::lock_guard lock(mutex_);
    under_way_[static_cast<std::size_t>(place)] = 0.0;
    if (result.end == MemberEnd::not_run) return;
    store_.add(result);
    ++done_;
    ++summary_.ran;
    count_failure(result.end, i);
    tell();
  }

  MemberResult attempt_member(Index i, Index place) {
    const auto& id = parts_.ids[static_cast<std::size_t>(i)];
    const auto config = parts_.plan->config(i);
    if (parts_.config.keep_runs || needs_directory(config)) {
      const auto resolved = check_member(config, &parts_.collected).resolved;
      const auto folder = directory_.file("members");
      fs::create_directories(folder);
      const auto run = (fs::path(folder) / to_text(id).substr(0, 16)).string();
      return run_member_process({resolved, run, parts_.config.keep_runs}, id, parts_.collected,
                                request_.stop_signal);
    }
    return run_member(config, id, parts_.collected, options(place));
  }

  /// @param place among the members that are under way
  MemoryRunOptions options(Index place) {
    MemoryRunOptions options;
    options.stop_signal = request_.stop_signal;
    options.on_progress = [this, place](double fraction) {
      const std::unique_lock lock(mutex_, std::try_to_lock);
      if (!lock) return;
      under_way_[static_cast<std::size_t>(place)] = fraction;
      tell();
    };
    return options;
  }

  void count_failure(int end, Index i) {
    if (!MemberEnd::failed(end)) return;
    ++failures_;
    if (parts_.config.on_failure == "stop")
      stop("stopped",
           fmt::format("{} ended as {} and on_failure is \"stop\"", member_words(*parts_.plan, i),
                       MemberEnd::names()[static_cast<std::size_t>(end)]));
    const auto most = parts_.config.limits.max_failures;
    if (most > 0 && failures_ >= most)
      stop("stopped", fmt::format("{} members failed (limits.max_failures)", failures_));
  }

  void stop(const std::string& status, const std::string& reason) {
    if (stop_) return;
    stop_ = true;
    summary_.status = status;
    summary_.reason = reason;
  }

  void tell() {
    if (!request_.on_progress || seconds_since(told_) < 0.1) return;
    told_ = Clock::now();
    double done = static_cast<double>(done_);
    for (const double f : under_way_) done += f;
    request_.on_progress(done / static_cast<double>(std::max<Index>(total_, 1)),
                         fmt::format("{} of {} members{}", done_, total_,
                                     failures_ > 0 ? fmt::format(", {} failed", failures_) : ""));
  }

  const PreparedSweep& parts_;
  MemberStore& store_;
  const RunDirectory& directory_;
  const SweepRequest& request_;
  SweepSummary& summary_;
  std::vector<Index> alone_;               ///< members to run on their own
  std::vector<std::vector<Index>> joint_;  ///< and by their shape
  Index total_ = 0, done_ = 0, failures_ = 0;
  std::mutex mutex_;
  std::atomic<bool> stop_{false};
  std::vector<double> under_way_;  ///< share of the member at each place
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point told_ = begin_;
};

Metadata metadata_of(const PreparedSweep& parts, const SweepRequest& request) {
  Metadata m;
  std::vector<std::string> names, keys, scales, collected;
  for (const auto& a : parts.plan->axes()) {
    names.push_back(a.name);
    keys.push_back(a.key);
    scales.emplace_back(a.log ? "log" : "linear");
  }
  for (const auto& c : parts.collected) collected.push_back(c.name);
  m.title = parts.config.title.empty() ? "Sweep over " + fmt::format("{}", fmt::join(keys, ", "))
                                       : parts.config.title;
  m.summary = fmt::format("{} members ({}) over {}", parts.plan->members(), parts.config.mode,
                          fmt::join(keys, ", "));
  m.attributes["sweep_mode"] = parts.config.mode;
  m.attributes["swept"] = names;
  m.attributes["swept_keys"] = keys;
  m.attributes["swept_scales"] = scales;
  m.attributes["collected"] = collected;
  RunFacts facts;
  facts.arguments = request.arguments;
  facts.config = read_text_file(request.file);
  facts.seed = static_cast<std::uint64_t>(parts.config.seed);
  facts.threads = threads();
  m.provenance = provenance(facts);
  m.provenance.emplace_back("first_member_config", parts.first.resolved);
  return m;
}

void forget(const RunDirectory& directory) {
  std::error_code error;
  for (const char* name : {"sweep.h5", "report.html", "checkpoint/members.journal"})
    if (!error) fs::remove(directory.file(name), error);
  const auto members = directory.file("members");
  if (!error && fs::is_directory(members)) {
    std::vector<fs::path> ours;  // named by 16 hexadecimal digits
    for (const auto& entry : fs::directory_iterator(members)) {
      const auto stem = entry.path().stem().string();
      if (stem.size() == 16 && stem.find_first_not_of("0123456789abcdef") == std::string::npos)
        ours.push_back(entry.path());
    }
    for (const auto& path : ours)
      if (!error) fs::remove_all(path, error);
  }
  if (error)
    throw IoError(directory.path() + ": cannot remove the earlier sweep: " + error.message());
}

std::string end_name(int end) { return MemberEnd::names()[static_cast<std::size_t>(end)]; }

}  // namespace

bool is_sweep(const Config& config) {
  return config.root().find("base") || config.root().find("axis") || config.root().find("point");
}

bool is_sweep_directory(const std::string& directory) {
  std::error_code ignored;
  const fs::path path(directory);
  return fs::exists(path / "checkpoint" / "members.journal", ignored) ||
         (fs::exists(path / "sweep.h5", ignored) && !fs::exists(path / "result.h5", ignored));
}

int SweepSummary::exit_code(int signal) const {
  if (status == "interrupted") return signal > 0 ? 128 + signal : 6;
  if (status == "wall_budget") return 6;
  return status == "complete" ? 0 : 3;
}

SweepSummary run_sweep(const SweepRequest& request) {
  const auto begin = Clock::now();
  const auto parts = prepare_sweep(request);
  SweepSummary summary;
  summary.members = parts.plan->members();
  if (request.stop_signal && *request.stop_signal) {
    summary.status = "interrupted";
    summary.reason = "stopped by a signal while the members were checked; nothing was written";
    return summary;
  }
  for (const auto& c : parts.collected) summary.collected.push_back(c.name);
  if (fs::exists(fs::path(request.directory) / "result.h5"))
    throw IoError(request.directory +
                  " holds a run, not a sweep: choose another directory with --out DIR");
  const auto directory = RunDirectory::create(request.directory, RunDirectory::Existing::refuse);
  summary.directory = directory.path();
  summary.file = directory.file("sweep.h5");
  if (!directory.warning().empty()) summary.warnings.push_back(directory.warning());
  if (request.force) forget(directory);
  if (request.on_begin) request.on_begin(directory.path());
  MemberStore store(directory.file("checkpoint/members.journal"));
  if (store.cut_off() > 0 && request.on_notice)
    request.on_notice(fmt::format(
        "the last {} bytes of the stored members were torn and are left out", store.cut_off()));
  Driver(parts, store, directory, request, summary).run();
  std::error_code not_empty;
  fs::remove(directory.file("members"), not_empty);

  Index missing = 0;
  for (Index i = 0; i < summary.members; ++i) {
    const auto& id = parts.ids[static_cast<std::size_t>(i)];
    const int end = store.end(id);
    ++summary.ends[end_name(end)];
    missing += end == MemberEnd::not_run;
    if (MemberEnd::failed(end) && summary.failures.size() < 10)
      summary.failures.push_back(fmt::format("{}: {}: {}", member_words(*parts.plan, i),
                                             end_name(end), store.result(id).message));
  }
  if (missing == 0) {
    if (summary.status != "stopped") summary.status = "complete";
    if (summary.reason.empty()) summary.reason = fmt::format("all {} members", summary.members);
  } else if (summary.status == "complete") {
    summary.status = "interrupted";
    summary.reason = "stopped by a signal";
  }
  const Index again = summary.ends["wall_budget"] + summary.ends["error"];
  std::erase_if(summary.ends, [](const auto& e) { return e.second == 0; });
  if (again > 0)
    summary.warnings.push_back(fmt::format(
        "{} members ran out of wall time or met an error; the same command runs them again",
        again));
  if (missing > 0) summary.reason += fmt::format("; {} members have not run", missing);

  auto metadata = metadata_of(parts, request);
  summary.seconds = seconds_since(begin);
  metadata.provenance.emplace_back("wall_seconds", summary.seconds);
  RunStatus status{.status = summary.status,
                   .reason = summary.reason,
                   .t_reached = std::numeric_limits<double>::quiet_NaN()};
  for (const auto& [name, n] : summary.ends) status.counts["members_" + name] = n;
  write_array_file(summary.file, metadata, status,
                   make_sweep_arrays(*parts.plan, parts.collected, [&](Index i) {
                     return store.result(parts.ids[static_cast<std::size_t>(i)]);
                   }));
  if (parts.config.report) {
    try {
      write_sweep_report(directory.path());
      summary.report = true;
    } catch (const std::exception& e) {  // the numbers are whole without it
      summary.warnings.push_back(fmt::format("there is no report: {}", e.what()));
    }
  }
  return summary;
}

CheckedSweep check_sweep(const SweepRequest& request) {
  const auto parts = prepare_sweep(request);
  const auto& plan = *parts.plan;
  CheckedSweep found;
  for (const auto& a : plan.axes())
    found.axes.push_back(fmt::format("{} ({}): {} value{}, {} to {}{}", a.name, a.key, a.size(),
                                     a.size() == 1 ? "" : "s", a.text(0), a.text(a.size() - 1),
                                     a.log ? " (log)" : ""));
  for (const auto& c : parts.collected)
    found.collected.push_back(
        fmt::format("{}: {} of record \"{}\"", c.name, c.variable.name, c.record));

  std::unique_ptr<MemberStore> store;
  const auto journal = fs::path(request.directory) / "checkpoint" / "members.journal";
  if (!request.directory.empty() && fs::exists(journal)) {
    // Locked, so that nobody writes to it meanwhile.
    const auto directory = RunDirectory::create(request.directory, RunDirectory::Existing::refuse);
    store = std::make_unique<MemberStore>(journal.string());
  }
  Index missing = 0;
  for (Index i = 0; i < plan.members(); ++i) {
    const auto& id = parts.ids[static_cast<std::size_t>(i)];
    const int end = store ? store->end(id) : MemberEnd::not_run;
    missing += !is_finished(end, request);
    found.members.push_back({plan.words(i), to_text(id).substr(0, 16), end_name(end)});
  }
  found.remarks.push_back(fmt::format("{} members, {} of them finished before", plan.members(),
                                      plan.members() - missing));
  if (!parts.first.remarks.empty()) {
    for (const auto& r : parts.first.remarks) found.remarks.push_back("the first: " + r);
    return found;
  }
  found.remarks.push_back(fmt::format("the first has {} unknowns", parts.first.unknowns));
  if (!parts.config.keep_runs)
    for (std::size_t k = 0; k < parts.joint_shapes.size(); ++k)
      found.remarks.push_back(fmt::format(
          "{} members go on together, their gradients as one batch: {}",
          std::count(parts.joint_shape.begin(), parts.joint_shape.end(), static_cast<int>(k)),
          parts.joint_shapes[k]));
  // A guess at the cost: the first and the last member, a gradient a step.
  const auto last = plan.members() - 1;
  const auto last_checked = check_member(plan.config(last), &parts.collected);
  if (parts.first.steps && last_checked.steps) {
    const double seconds =
        0.5 *
        (static_cast<double>(*parts.first.steps) * seconds_per_call(plan.config(0)) +
         static_cast<double>(*last_checked.steps) * seconds_per_call(plan.config(last))) *
        static_cast<double>(missing) / std::max(1.0, static_cast<double>(threads()));
    found.remarks.push_back(fmt::format(
        "about {:.2g} s on {} threads for the steps alone, by the first and the last member, where "
        "none ends early; records come on top",
        seconds, threads()));
  } else {
    found.remarks.emplace_back("how many steps a flow takes nobody knows before it is run");
  }
  return found;
}

}  // namespace thalweg
