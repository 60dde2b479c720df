#include <thalweg/sweep/member.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <thalweg/config/config.hpp>
#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/version.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/run/evidence/evidence.hpp>
#include <thalweg/run/lyapunov/lyapunov_run.hpp>
#include <thalweg/run/plane/plane_run.hpp>
#include <thalweg/run/results.hpp>
#include <thalweg/run/sampling/sampling.hpp>
#include <thalweg/sweep/results.hpp>

namespace thalweg {

namespace {

/// Whether the base is one run of a motion with records.
bool is_motion(const Config& config) {
  return !asks_for_evidence(config) && !asks_for_lyapunov(config) && !asks_for_plane(config) &&
         !asks_for_draws(config);
}

MemberId id_of_parts(const std::string& resolved, const std::string& facts,
                     const std::string& collected) {
  const auto& build = build_info();
  const auto digits =
      sha256("member 1\n" + build.version + " " + build.commit + (build.dirty ? " modified" : "") +
             facts + "\n" + collected + "\n" + resolved);
  MemberId id{};
  for (std::size_t i = 0; i < id.size(); ++i)
    id[i] = static_cast<char>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
  return id;
}

MemberId id_of_motion(const Assembly& parts, const std::string& collected) {
  return id_of_parts(parts.resolved, facts_and_start(parts.motion.potential(), parts.context->x0),
                     collected);
}

std::string joined(const std::string& message, const std::vector<std::string>& more) {
  return more.empty() ? message : fmt::format("{}; {}", message, fmt::join(more, "; "));
}

class Writer {
 public:
  template <class T>
  void put(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put(const std::string& text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  void put(const std::vector<double>& x) {
    put(static_cast<std::uint64_t>(x.size()));
    bytes_.append(reinterpret_cast<const char*>(x.data()), x.size() * sizeof(double));
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  void get(T& value) {
    std::memcpy(&value, take(sizeof value), sizeof value);
  }
  void get(std::string& text) {
    const auto n = size(1);
    text.assign(take(n), n);
  }
  void get(std::vector<double>& x) {
    const auto n = size(sizeof(double));
    x.resize(n);
    if (n > 0) std::memcpy(x.data(), take(n * sizeof(double)), n * sizeof(double));
  }
  std::size_t size(std::size_t each) {
    std::uint64_t n = 0;
    get(n);
    if (n > bytes_.size() / each) fail();
    return static_cast<std::size_t>(n);
  }

 private:
  [[noreturn]] static void fail() {
    throw IoError("a stored member is shorter than it says; remove the sweep with --force");
  }
  const char* take(std::size_t n) {
    if (n > bytes_.size()) fail();
    const char* at = bytes_.data();
    bytes_.remove_prefix(n);
    return at;
  }
  std::string_view bytes_;
};

}  // namespace

std::string to_text(const MemberId& id) {
  std::string text;
  for (const char c : id) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

IoError member_has_changed() {
  return IoError("a file that it reads has changed since the sweep began; begin the sweep again");
}

const std::vector<std::string>& MemberEnd::names() {
  static const auto all = [] {
    std::vector<std::string> names;
    for (int i = 0; i < error; ++i)
      names.emplace_back(i == not_run ? "not_run" : name(static_cast<Outcome>(i)));
    names.emplace_back("error");
    return names;
  }();
  return all;
}

std::optional<int> MemberEnd::from_name(const std::string& text) {
  for (int i = 0; i < error; ++i)
    if (text == name(static_cast<Outcome>(i))) return i;
  return std::nullopt;
}

bool MemberEnd::failed(int end) {
  return end != not_run && (end == error || !success(static_cast<Outcome>(end)));
}

CheckedMember check_member(const Config& config, const std::vector<Collected>* collected) {
  const auto wanted = collected ? to_text(*collected) : std::string();
  CheckedMember found;
  if (!is_motion(config)) {
    const auto checked = check(config);
    found.schemas = collectable(checked);
    if (collected) check_same(*collected, found.schemas);
    found.id = id_of_parts(checked.resolved, checked.identity, wanted);
    found.resolved = checked.resolved;
    found.remarks = checked.remarks;
    return found;
  }
  Assembly parts(config);
  found.schemas = parts.recorder->schemas();
  if (collected) check_same(*collected, found.schemas);
  found.id = id_of_motion(parts, wanted);
  found.resolved = parts.resolved;
  found.unknowns = parts.motion.dim();
  if (const auto* map = parts.motion.map())
    found.steps = std::llround((parts.t_end - parts.t0) / map->time_step());
  if (parts.may_share_gradients())
    if (const auto shape = parts.motion.potential()->joint_shape())
      found.joint_shape = shape->words;
  try {
    parts.start();
  } catch (const SolveError&) {
  }
  return found;
}

MemberResult run_member(const Config& config, const MemberId& id,
                        const std::vector<Collected>& collected, const MemoryRunOptions& options,
                        const std::shared_ptr<GradientSource>& source) {
  MemberResult result{.id = id};
  Collector collector(collected);
  const auto must_be = [&](const MemberId& now) {
    if (now != id) throw member_has_changed();
  };
  try {
    if (asks_for_lyapunov(config)) {
      must_be(check_member(config, &collected).id);
      std::size_t running = collected.size();  // the series that has a time axis, if it is wanted
      for (const auto& c : collected)
        if (!c.once) running = c.series;
      const auto put = [&](const std::string& group, const Variable& variable,
                           std::span<const double> values) {
        collector.put(group, variable.name, values);
      };
      const auto run = lyapunov_in_memory(config, {collector, running, put}, options);
      result.end = static_cast<int>(run.outcome);
      result.message = joined(run.message, run.warnings);
      result.t = run.t;
      result.calls = run.calls;
    } else {
      Assembly parts(config, nullptr, source);
      must_be(id_of_motion(parts, to_text(collected)));
      parts.recorder->compute_only([&](std::size_t series, Index offset) {
        return std::any_of(collected.begin(), collected.end(), [&](const auto& c) {
          return !c.once && c.series == series && c.offset == offset;
        });
      });
      const auto run = run_in_memory(parts, collector, options);
      result.end = static_cast<int>(run.outcome);
      result.message = run.message;
      result.t = run.t;
      result.accepted = parts.steps.accepted;
      result.rejected = parts.steps.rejected;
      result.calls = parts.motion.counts();
    }
  } catch (const SolveError& e) {  // already at the start
    result.end = static_cast<int>(Outcome::not_finite);
    result.message = e.what();
  } catch (const ConfigError&) {
    throw;
  } catch (const ModelError&) {
    throw;
  } catch (const std::bad_alloc&) {
    result.end = MemberEnd::error;
    result.message = "there was not enough memory";
  } catch (const std::exception& e) {
    result.end = MemberEnd::error;
    result.message = e.what();
  }
  result.values = collector.values();
  return result;
}

bool needs_directory(const Config& config) {
  return !is_motion(config) && !asks_for_lyapunov(config);
}

double seconds_per_call(const Config& config) {
  Assembly parts(config);
  Vec out(parts.motion.dim());
  const auto call = [&] {
    if (const auto* potential = parts.motion.potential()) {
      Vec g(potential->dim());
      potential->value_and_gradient(parts.context->x0.head(potential->dim()), g);
    } else if (const auto* map = parts.motion.map()) {
      map->apply(parts.context->x0, out, 0);
    } else {
      parts.motion.system()->rhs(parts.context->x0, out, parts.t0);
    }
  };
  call();
  const auto begin = Clock::now();
  int n = 0;
  double seconds = 0.0;
  do {
    call();
    ++n;
    seconds = seconds_since(begin);
  } while (seconds < 0.02 && n < 1000);
  return seconds / n;
}

std::string serialised(const MemberResult& r) {
  Writer w;
  w.put(r.id);
  w.put(static_cast<std::int32_t>(r.end));
  w.put(r.t);
  w.put(r.accepted);
  w.put(r.rejected);
  for (const auto n :
       {r.calls.rhs, r.calls.jvp, r.calls.values, r.calls.gradients, r.calls.hessian_products})
    w.put(n);
  w.put(r.message);
  w.put(static_cast<std::uint64_t>(r.values.size()));
  for (const auto& v : r.values) w.put(v);
  return w.take();
}

MemberResult deserialised(std::string_view bytes) {
  Reader in(bytes);
  MemberResult r;
  std::int32_t end = 0;
  in.get(r.id);
  in.get(end);
  r.end = end;
  in.get(r.t);
  in.get(r.accepted);
  in.get(r.rejected);
  for (auto* n :
       {&r.calls.rhs, &r.calls.jvp, &r.calls.values, &r.calls.gradients, &r.calls.hessian_products})
    in.get(*n);
  in.get(r.message);
  r.values.resize(in.size(sizeof(std::uint64_t)));
  for (auto& v : r.values) in.get(v);
  return r;
}

MemberId id_of(std::string_view bytes) {
  MemberId id{};
  Reader(bytes).get(id);
  return id;
}

int end_of(std::string_view bytes) {
  Reader in(bytes);
  MemberId id{};
  std::int32_t end = 0;
  in.get(id);
  in.get(end);
  return end;
}

}  // namespace thalweg
