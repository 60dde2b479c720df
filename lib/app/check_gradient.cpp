// check-model --gradient: the gradient of a model by every adjoint there is, beside differences of
// its loss: with the accepted steps frozen, which is the map that a discrete adjoint
// differentiates, and with steps that are chosen anew at every point. The model's own adjoint
// decides the exit code.
#include <thalweg/app/check_gradient.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <thalweg/analysis/gradient_difference.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/describe_fields.hpp>
#include <thalweg/models/catalogue.hpp>
#include <utility>

namespace thalweg {

namespace {

constexpr int directions = 3;
// Besides ten times the own error of the differences: what rounding may leave of a fixed map, and a
// solve to a tolerance.
constexpr double frozen_tolerance = 1e-9, tolerance = 1e-6;

// The worst |u . g - dL/du|, relative to the typical slope, beside the differences' own error.
struct Gap {
  double difference = 0.0, own_error = 0.0;
  [[nodiscard]] bool within(double bound) const {
    return difference <= std::max(bound, 10.0 * own_error);
  }
};

struct Row {
  std::string name, failure;
  std::optional<Gap> frozen;  // of the map with the steps accepted at the start
  Gap anew;
  Vec gradient;
  std::vector<std::pair<std::string, double>> numbers;  // of the observables that tell a cost
  bool own = false;

  [[nodiscard]] bool passed() const {
    return failure.empty() && (frozen ? frozen->within(frozen_tolerance) : anew.within(tolerance));
  }
  [[nodiscard]] double number(const std::string& what) const {
    const auto found = std::ranges::find(numbers, what, &std::pair<std::string, double>::first);
    return found == numbers.end() ? 0.0 : found->second;
  }
};

bool takes_adjoint(const Config& config) {
  const Node* name = config.root().find("model")->find("name");
  const auto* entry = name ? models().find(name->text) : nullptr;
  return entry && std::ranges::any_of(describe_fields(entry->describe), [](const FieldRow& row) {
           return row.key == "adjoint.name";
         });
}

// "solver.rtol" -> "rtol"
std::string last_part(const std::string& key) {
  const auto dot = key.rfind('.');
  return dot == std::string::npos ? key : key.substr(dot + 1);
}

void collect(const Node& table, const std::string& prefix,
             std::vector<std::pair<std::string, std::string>>& all) {
  for (const auto& [key, node] : table.entries)
    if (node.kind == Node::Kind::table)
      collect(node, prefix + key + ".", all);
    else if (key != "name")
      all.emplace_back(prefix + key, node.written);
}

// The configuration with another adjoint, which keeps what it knows of the keys that are given.
Config with_adjoint(Config config, const Registry<FlowRecipe>::Entry& entry) {
  std::vector<std::pair<std::string, std::string>> given;
  if (const Node* table = config.root().find("model")->find("adjoint")) collect(*table, "", given);
  config.set(fmt::format("model.adjoint={{name=\"{}\"}}", entry.name));
  for (const auto& row : describe_fields(entry.describe))
    for (const auto& [key, written] : given)
      if (row.type != "table" && row.key != "name" && last_part(key) == last_part(row.key))
        config.set(fmt::format("model.adjoint.{}={}", row.key, written));
  return config;
}

Row measure(const std::string& name, const Config& config,
            const std::function<AnyModel(const Config&)>& make) {
  Row row;
  row.name = name;
  try {
    const AnyModel model = make(config);
    const AnyPotential& p = *model.potential();
    Rng rng(1, "initial_state");
    const Vec q = p.initial_state(rng).value_or(Vec::Zero(p.dim()));
    auto found = gradient_difference(p, q, directions);
    row.gradient = std::move(found.gradient);
    row.anew = {found.difference, found.own_error};
    if (const auto frozen = p.with_steps_of(q)) {
      const auto map = gradient_difference(p, q, directions, frozen);
      row.frozen = {map.difference, map.own_error};
    }
    Vec number(1);
    for (const auto& o : p.observables())
      if (o.variable.axes.empty()) {
        o.compute(q, 0.0, number);
        row.numbers.emplace_back(o.variable.name, number[0]);
      }
  } catch (const Error& e) {
    row.failure = e.what();
  }
  return row;
}

// An adjoint with a budget that is not given: one that does not hold all states, of which `bytes`
// are known, so that checkpoints have something to do. Two states are the least.
Row measure_within_budget(const std::string& name, const Config& config, double bytes,
                          const std::function<AnyModel(const Config&)>& make) {
  Row row;
  for (const double part : {4.0, 2.0, 1.0}) {
    Config with = config;
    with.set(fmt::format("model.adjoint.budget={:.0f}", std::max(std::floor(bytes / part), 1.0)));
    row = measure(name, with, make);
    if (row.failure.empty()) break;
  }
  return row;
}

bool budget_is_open(const Config& config, const Registry<FlowRecipe>::Entry& entry) {
  const Node* table = config.root().find("model")->find("adjoint");
  return !(table && table->find("budget")) &&
         std::ranges::any_of(describe_fields(entry.describe),
                             [](const FieldRow& row) { return row.key == "budget"; });
}

std::string text_of(const Gap& gap) {
  return fmt::format("{:<10}", fmt::format("{:.1e}", gap.difference)) +
         fmt::format("{:<14}", fmt::format("+-{:.0e}", gap.own_error));
}

}  // namespace

int check_gradient(const Config& config, const Options& options,
                   const std::function<AnyModel(const Config&)>& make) {
  const AnyModel model = make(config);
  if (!model.potential() || !takes_adjoint(config))
    throw ConfigError(options.target +
                      ": --gradient compares adjoints, but this model has no choice of them "
                      "(model.adjoint); leave --gradient away");
  std::vector<Row> rows;
  const Node* table = config.root().find("model")->find("adjoint");
  const Node* name = table ? table->find("name") : nullptr;
  const std::string own = name ? name->text : adjoints().entries().front().name;
  double bytes = 0.0;  // of all states
  for (const auto& entry : adjoints().entries()) {
    const bool is_own = entry.name == own;
    const Config with = is_own ? config : with_adjoint(config, entry);
    rows.push_back(bytes > 0.0 && budget_is_open(with, entry)
                       ? measure_within_budget(entry.name, with, bytes, make)
                       : measure(entry.name, with, make));
    rows.back().own = is_own;
    bytes = std::max(bytes, rows.back().number("adjoint_bytes"));
  }
  const auto chosen = std::ranges::find(rows, true, &Row::own);

  nlohmann::ordered_json j{{"schema", "thalweg-check-gradient-1"},
                           {"model", options.target},
                           {"adjoint", own},
                           {"passed", chosen->passed()}};
  j["adjoints"] = nlohmann::ordered_json::array();
  std::string text = fmt::format(
      "{}: gradients at the start beside differences of the loss, relative to a typical slope;\n"
      "frozen: with the steps in depth accepted at the start (tolerance {:.0e}); anew: with steps "
      "chosen at\nevery point ({:.0e}, decides where none can be frozen); ten times the "
      "differences' "
      "own error is allowed\n"
      "  {:<15}{:<10}{:<24}{:<24}{}\n",
      options.target, frozen_tolerance, tolerance, "adjoint", "verdict", "frozen", "anew",
      "to " + own);
  for (const Row& r : rows) {
    nlohmann::ordered_json one{{"adjoint", r.name}, {"passed", r.passed()}};
    if (!r.failure.empty()) {
      one["failure"] = r.failure;
      text += fmt::format("  {:<15}{:<10}{}\n", r.name, "FAILED", r.failure);
      j["adjoints"].push_back(std::move(one));
      continue;
    }
    const double apart = chosen->failure.empty()
                             ? (r.gradient - chosen->gradient).norm() / chosen->gradient.norm()
                             : std::nan("");
    if (r.frozen) {
      one["frozen_difference"] = r.frozen->difference;
      one["frozen_difference_error"] = r.frozen->own_error;
    }
    one["difference"] = r.anew.difference;
    one["difference_error"] = r.anew.own_error;
    one["distance"] = apart;
    text += fmt::format("  {:<15}{:<10}{:<24}{}{:.1e}\n", r.name, r.passed() ? "ok" : "FAILED",
                        r.frozen ? text_of(*r.frozen) : "-", text_of(r.anew), apart);
    std::string line;
    for (const auto& [what, number] : r.numbers) {
      one[what] = number;
      line += fmt::format("{}{} {:.4g}", line.empty() ? "" : ", ", what, number);
    }
    text += "    " + line + "\n";
    j["adjoints"].push_back(std::move(one));
  }
  print(options.json ? j.dump(2) + "\n" : text);
  if (chosen->passed()) return 0;
  complain(fmt::format("the gradient of {} by adjoint \"{}\" is not that of its loss",
                       options.target, own));
  return 4;
}

}  // namespace thalweg
