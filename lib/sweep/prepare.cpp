#include <thalweg/sweep/prepare.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/run/plane/plane_config.hpp>
#include <thalweg/run/plane/plane_run.hpp>
#include <thalweg/run/run_config.hpp>
#include <thalweg/sweep/sweep_file.hpp>

namespace thalweg {

namespace {

namespace fs = std::filesystem;
/// Says of a complaint which member it is about.
template <class F>
auto of_member(const SweepPlan& plan, Index i, F&& body) {
  try {
    return body();
  } catch (const ConfigError& e) {
    throw ConfigError(fmt::format("{} [{}]", e.what(), member_words(plan, i)));
  } catch (const ModelError& e) {
    throw ConfigError(fmt::format("{} [{}]", e.what(), member_words(plan, i)));
  }
}

/// Names, units and meanings of the axes that the file does not give come from the keys.
void describe_axes(SweepPlan& plan, const std::vector<Collected>& collected) {
  const auto config = plan.config(0);
  ConfigReader reader(config);
  if (asks_for_plane(config)) {
    PlaneConfig described;
    described.fields(reader);
  } else {
    RunConfig described;
    described.fields(reader);
  }
  std::set<std::string> taken;
  for (const auto& c : collected) {
    taken.insert(c.name);
    if (!c.once) taken.insert(c.time_axis);
  }
  for (const auto& c : collected)
    for (const auto& a : c.variable.axes) taken.insert(a.name);
  for (auto& a : plan.axes()) {
    const auto meaning = reader.meaning(a.key);
    if (a.long_name.empty()) a.long_name = meaning && !meaning->doc.empty() ? meaning->doc : a.key;
    if (a.unit.empty()) a.unit = meaning && !meaning->unit.empty() ? meaning->unit : "1";
    const auto bad = [&] { return taken.contains(a.name) || is_reserved(a.name); };
    if (bad() && !a.named) {
      std::replace(a.name.begin(), a.name.end(), '_', ' ');
      a.name.clear();
      for (const char c : a.key)
        a.name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    if (bad())
      throw ConfigError(a.where + ": the axis name \"" + a.name +
                        "\" is that of something else in the file; give name = another one");
  }
}

}  // namespace

std::string member_words(const SweepPlan& plan, Index i) {
  return fmt::format("member {} ({})", i, plan.words(i));
}

PreparedSweep prepare_sweep(const SweepRequest& request) {
  PreparedSweep all;
  auto file = Config::from_file(request.file);
  for (const auto& s : request.set) file.set(s);
  ConfigReader reader(file);
  all.config.fields(reader);
  reader.finish();
  all.plan = std::make_unique<SweepPlan>(all.config, fs::path(request.file).parent_path());
  auto& plan = *all.plan;
  const auto n = plan.members();
  all.first = of_member(plan, 0, [&] { return check_member(plan.config(0), nullptr); });
  all.collected = make_collected(all.config.collect, all.first.schemas);
  for (const auto& [name, known] : plan.references()) {
    std::vector<std::string> names;
    for (const auto& c : all.collected)
      if (c.take != Take::series) names.push_back(c.name);
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw ConfigError("reference." + name + " is of nothing that is collected" +
                        name_hint(name, names));
  }
  describe_axes(plan, all.collected);
  for (const auto& a : plan.axes())
    placed(a.where, [&] { check_array({.name = a.name, .unit = a.unit}); });
  for (const auto& c : all.collected) {
    auto v = c.variable;
    v.name = c.name;
    placed("collect", [&] { check_array(v); });
  }

  all.ids.resize(static_cast<std::size_t>(n));
  all.joint_shape.assign(all.ids.size(), -1);
  std::map<std::string, std::int32_t> shapes;
  std::atomic<Index> failed{n}, done{0};
  std::mutex telling, naming;
  std::vector<std::set<std::string>> seen(all.collected.size());
  auto last = Clock::now();
  parallel_for(n, [&](std::ptrdiff_t i, int) {
    if (i > failed.load(std::memory_order_relaxed) || (request.stop_signal && *request.stop_signal))
      return;
    try {
      const auto checked =
          of_member(plan, i, [&] { return check_member(plan.config(i), &all.collected); });
      all.ids[static_cast<std::size_t>(i)] = checked.id;
      const auto here = units(all.collected, checked.schemas);
      const std::scoped_lock lock(naming);
      for (std::size_t c = 0; c < here.size(); ++c) seen[c].insert(here[c]);
      if (!checked.joint_shape.empty()) {
        const auto next = static_cast<std::int32_t>(shapes.size());
        all.joint_shape[static_cast<std::size_t>(i)] =
            shapes.emplace(checked.joint_shape, next).first->second;
      }
    } catch (...) {
      for (Index at = failed; i < at && !failed.compare_exchange_weak(at, i);) {
      }
      throw;
    }
    ++done;
    if (!request.on_progress) return;
    const std::unique_lock lock(telling, std::try_to_lock);
    if (!lock || seconds_since(last) < 0.2) return;
    last = Clock::now();
    request.on_progress(static_cast<double>(done) / static_cast<double>(n),
                        fmt::format("{} of {} members checked", done.load(), n));
  });
  all.joint_shapes.resize(shapes.size());
  for (const auto& [words, i] : shapes) all.joint_shapes[static_cast<std::size_t>(i)] = words;
  for (std::size_t c = 0; c < seen.size(); ++c)
    if (seen[c].size() > 1)
      all.collected[c].variable.unit = fmt::format("{}", fmt::join(seen[c], " or "));
  return all;
}

}  // namespace thalweg
