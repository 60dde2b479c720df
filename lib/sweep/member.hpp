// One member of a sweep: what identifies it, how it went, what is kept of it.
#pragma once
#include <thalweg/core/counts.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/outcome.hpp>
#include <thalweg/run/run_in_memory.hpp>
#include <thalweg/sweep/collect.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

class Config;

/// SHA-256 of everything that its numbers follow from: the resolved configuration, the start point,
/// the data, what is collected, and the build of the program.
using MemberId = std::array<char, 32>;
std::string to_text(const MemberId& id);  ///< 64 hexadecimal digits

/// How a member ended: an outcome of a run, or an error that is none of the numbers (memory,
/// files). `interrupted` stands for a member that has not run.
struct MemberEnd {
  static constexpr int error = static_cast<int>(Outcome::stiff) + 1;
  static constexpr int not_run = static_cast<int>(Outcome::interrupted);
  /// complete, event, not_run, ..., error: of the values in the file.
  static const std::vector<std::string>& names();
  /// From the name of an outcome; nothing for an unknown one.
  static std::optional<int> from_name(const std::string& name);
  static bool failed(int end);
  /// Might go well another time.
  static bool may_differ(int end) {
    return end == error || end == static_cast<int>(Outcome::wall_budget);
  }
};

struct MemberResult {
  MemberId id{};
  int end = MemberEnd::not_run;
  std::string message{};
  double t = 0.0;
  std::int64_t accepted = 0, rejected = 0;
  CallCounts calls{};
  std::vector<std::vector<double>> values{};  ///< of each Collected
};

/// What `check` of a member finds without running it.
struct CheckedMember {
  MemberId id{};
  std::string resolved;
  std::vector<SeriesSchema> schemas;
  Index unknowns = 0;
  std::optional<std::int64_t> steps{};  ///< of a map
  std::vector<std::string> remarks{};   ///< what the run will need
  std::string joint_shape{};  ///< members of the same can go on together; empty: on its own
};

/// Builds every part of it, as `run` would. `collected`: null for the first member, which says what
/// there is. Numbers that fail at the start are an outcome, not an error.
/// @throws ConfigError, ModelError, IoError
CheckedMember check_member(const Config& config, const std::vector<Collected>* collected);

/// Whether it needs a directory while it runs: draws, the evidence, a plane. What moves, and
/// exponents, run in memory.
bool needs_directory(const Config& config);

/// The error of a member that is no longer what its id says.
IoError member_has_changed();

/// Runs it in memory, on the calling thread. Never throws but ConfigError and ModelError. `source`:
/// of its gradients, for one with a joint shape.
MemberResult run_member(const Config& config, const MemberId& id,
                        const std::vector<Collected>& collected, const MemoryRunOptions& options,
                        const std::shared_ptr<GradientSource>& source = nullptr);

/// Seconds for one gradient (or right-hand side, or application of a map) at the start of a motion.
double seconds_per_call(const Config& config);

std::string serialised(const MemberResult& result);
MemberResult deserialised(std::string_view bytes);
/// The id alone.
MemberId id_of(std::string_view bytes);
int end_of(std::string_view bytes);

}  // namespace thalweg
