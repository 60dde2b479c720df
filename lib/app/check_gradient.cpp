// check-model --gradient: the gradient of a model by every adjoint there is, beside differences of
// its loss. The model's own adjoint decides the exit code.
#include <thalweg/app/check_gradient.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <thalweg/analysis/gradient_difference.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/config/describe_fields.hpp>
#include <thalweg/models/catalogue.hpp>
#include <utility>

namespace thalweg {

namespace {

constexpr int directions = 3;
// Besides ten times the own error of the differences: what a solve to a tolerance may leave.
constexpr double tolerance = 1e-6;

struct Row {
  std::string name, failure;
  double difference = 0.0, difference_error = 0.0;  // relative to the typical slope
  Vec gradient;
  std::vector<std::pair<std::string, double>> numbers;  // of the observables that tell a cost
  bool own = false;

  [[nodiscard]] bool passed() const {
    return failure.empty() && difference <= std::max(tolerance, 10.0 * difference_error);
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
    row.difference = found.difference;
    row.difference_error = found.own_error;
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
  for (const auto& entry : adjoints().entries()) {
    const bool is_own = entry.name == own;
    rows.push_back(measure(entry.name, is_own ? config : with_adjoint(config, entry), make));
    rows.back().own = is_own;
  }
  const auto chosen = std::ranges::find(rows, true, &Row::own);

  nlohmann::ordered_json j{{"schema", "thalweg-check-gradient-1"},
                           {"model", options.target},
                           {"adjoint", own},
                           {"passed", chosen->passed()}};
  j["adjoints"] = nlohmann::ordered_json::array();
  std::string text = fmt::format(
      "{}: gradients at the start, relative to their typical slope (tolerance {:.0e} or ten times "
      "the differences' own error)\n  {:<15}{:<12}{:<16}{:<14}{:<9}\n",
      options.target, tolerance, "adjoint", "verdict", "to differences", "their error",
      "to " + own);
  for (const Row& r : rows) {
    nlohmann::ordered_json one{{"adjoint", r.name}, {"passed", r.passed()}};
    if (!r.failure.empty()) {
      one["failure"] = r.failure;
      text += fmt::format("  {:<15}{:<12}{}\n", r.name, "FAILED", r.failure);
      j["adjoints"].push_back(std::move(one));
      continue;
    }
    const double apart = chosen->failure.empty()
                             ? (r.gradient - chosen->gradient).norm() / chosen->gradient.norm()
                             : std::nan("");
    one["difference"] = r.difference;
    one["difference_error"] = r.difference_error;
    one["distance"] = apart;
    text += fmt::format("  {:<15}{:<12}{:<16.1e}{:<14.1e}{:<9.1e}\n", r.name,
                        r.passed() ? "ok" : "FAILED", r.difference, r.difference_error, apart);
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
