#include <thalweg/report/summary.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <sstream>
#include <thalweg/report/evidence_figures.hpp>
#include <thalweg/report/lyapunov_figures.hpp>

namespace thalweg::report {
namespace {

namespace fs = std::filesystem;

/// The run's directory as one would type it, "." for the present one.
std::string directory(const RunFile& file) {
  const auto parent = fs::path(file.path()).parent_path().string();
  return parent.empty() ? "." : parent;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) all.push_back(line);
  return all;
}

/// One line for each requested quality: "quality.global_error: 2e-05 <= 0.0001, met".
bool is_quality(const std::string& line) {
  return line.starts_with("quality.") || line.starts_with("lyapunov.target_error");
}

std::string seconds_text(double seconds) {
  if (seconds < 120.0) return fmt::format("{:.3g} s", seconds);
  const auto whole = static_cast<long>(std::lround(seconds));
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace

Standing standing(const std::string& status) {
  // A file of draws that another program wrote says nothing.
  if (status == "complete" || status == "event" || status.empty()) return Standing::done;
  if (status == "running") return Standing::running;
  for (const char* early : {"interrupted", "step_budget", "wall_budget", "stopped"})
    if (status == early) return Standing::early;
  return Standing::failed;
}

std::string reason(const RunFile& file) {
  const auto all = lines(file.text("status_reason"));
  if (!all.empty()) return all.front();
  return standing(file.text("status")) == Standing::running
             ? "the run is under way, or was killed; the rows up to here are complete"
             : "";
}

std::vector<std::string> remarks(const RunFile& file) {
  auto all = lines(file.text("status_reason"));
  if (!all.empty()) all.erase(all.begin());
  std::erase_if(all, is_quality);
  return all;
}

std::vector<std::string> quality(const RunFile& file) {
  auto all = lines(file.text("status_reason"));
  std::erase_if(all, [](const std::string& line) { return !is_quality(line); });
  return all;
}

bool has_checkpoint(const RunFile& file) {
  const fs::path folder = fs::path(directory(file)) / "checkpoint";
  std::error_code ignored;
  return fs::exists(folder / "checkpoint.h5", ignored) ||
         fs::exists(folder / "checkpoint.previous.h5", ignored);
}

std::string resume_command(const RunFile& file) {
  if (!has_checkpoint(file)) return {};
  const std::string command = "thalweg resume " + directory(file);
  switch (standing(file.text("status"))) {
    case Standing::done:
      if (file.file().is_group("/ladder")) return {};
      if (file.file().is_group("/zoom")) return {};
      if (file.file().is_group("/lyapunov")) return command + " --set lyapunov.duration=...";
      return command + " --set time.end=...";
    case Standing::running:
    case Standing::early:
      return command;
    case Standing::failed:
      break;
  }
  return {};
}

std::string count_label(const std::string& name) {
  static constexpr std::array<std::pair<const char*, const char*>, 8> known{
      {{"steps_accepted", "accepted steps"},
       {"steps_rejected", "rejected steps"},
       {"rhs_calls", "right-hand sides"},
       {"gradient_calls", "gradients"},
       {"hessian_products", "Hessian products"},
       {"jacobian_products", "Jacobian products"},
       {"cpu_seconds", "CPU seconds"},
       {"cpu_model", "CPU"}}};
  for (const auto& [key, label] : known)
    if (name == key) return label;
  std::string label = name;
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

Pairs key_numbers(const RunFile& file) {
  Pairs keys;
  bool draws = false;
  for (const auto& [name, n] : file.counts())
    if (name == "draws_per_chain" || name == "divergences") {
      keys.emplace_back(name == "divergences" ? name : "draws of each chain", std::to_string(n));
      draws = true;
    }
  const auto evidence = evidence_numbers(file);
  for (const auto& n : evidence)
    if (is_log_evidence(n))
      keys.emplace_back(n.long_name, n.error ? fmt::format("{:.3f} ± {:.3f}", n.value, *n.error)
                                             : fmt::format("{:.3f}", n.value));
  for (auto& n : lyapunov_numbers(file)) keys.push_back(std::move(n));
  const bool moves = !draws && evidence.empty() && !file.file().is_group("/ladder") &&
                     !file.file().is_group("/zoom");
  if (const auto t = file.attribute_number("t_reached"); t && moves) {
    double reached = *t;
    for (const auto& r : file.records())
      if (r.rows > 0) reached = std::max(reached, file.column(r, r.time_axis).back());
    keys.emplace_back(time_name(file) + " reached", to_text(reached));
  }
  for (const char* name : {"loss", "test_loss", "gradient_norm", "accuracy", "test_accuracy",
                           "energy_balance", "exact_error", "relative_distance_tighter"})
    for (const auto& r : file.records()) {
      const auto* v = r.find(name);
      if (!v || !v->is_scalar() || r.rows == 0) continue;
      const auto values = file.column(r, name);
      const bool changes = std::string_view(name).find("loss") != std::string_view::npos ||
                           std::string_view(name) == "gradient_norm";
      const std::string last = fmt::format("{:.4g}", values.back());
      keys.emplace_back(
          std::string_view(name) == "relative_distance_tighter" ? "global error (estimate)"
                                                                : count_label(name),
          changes && values.size() > 1 ? fmt::format("{:.4g} → {}", values.front(), last) : last);
      break;
    }
  if (file.file().exists("/boundary/dimension")) {
    const auto number = [&](const char* name) {
      return file.file().read(std::string("/boundary/") + name).at(0);
    };
    if (file.file().exists("/boundary/whole_dimension"))
      keys.emplace_back("dimension of the whole boundary",
                        fmt::format("{:.3f} ± {:.3f}", number("whole_dimension"),
                                    number("whole_dimension_error")));
    keys.emplace_back("box dimension in the pictures", fmt::format("{:.3f}", number("dimension")));
    keys.emplace_back("quartiles of its slopes",
                      fmt::format("{:.3f}, {:.3f}", number("dimension_lower_quartile"),
                                  number("dimension_upper_quartile")));
  }
  std::int64_t accepted = -1, rejected = -1, gradients = 0, rhs = 0;
  for (const auto& [name, n] : file.counts()) {
    if (name == "steps_accepted") accepted = n;
    if (name == "steps_rejected") rejected = n;
    if (name == "gradient_calls") gradients = n;
    if (name == "rhs_calls") rhs = n;
  }
  if (accepted >= 0)
    keys.emplace_back("steps", rejected > 0 ? fmt::format("{} ({} rejected)", accepted, rejected)
                                            : std::to_string(accepted));
  if (gradients > 0)
    keys.emplace_back("gradients", std::to_string(gradients));
  else if (rhs > 0)
    keys.emplace_back("right-hand sides", std::to_string(rhs));
  for (const auto& [name, value] : file.provenance())
    if (const auto* s = std::get_if<double>(&value); s && name == "wall_seconds")
      keys.emplace_back("wall time", seconds_text(*s));
  return keys;
}

Pairs description(const RunFile& file) {
  static constexpr std::array<std::string_view, 8> shown{
      "Conventions",    "title",  "summary",       "source",
      "thalweg_schema", "status", "status_reason", "t_reached"};
  Pairs all;
  for (const auto& [name, value] : file.attributes())
    if (!std::holds_alternative<std::int64_t>(value) &&
        std::find(shown.begin(), shown.end(), name) == shown.end())
      all.emplace_back(name, to_text(value));
  return all;
}

}  // namespace thalweg::report
