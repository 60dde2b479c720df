#include <thalweg/report/learning_figures.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace thalweg::report {
namespace {

using Role = Curve::Role;

}  // namespace

void losses(RecordPlan& p) {
  if (p.is_open_scalar("loss")) {
    std::vector<Source> all{{"loss", p.run_label}};
    std::vector<std::string> whose{"of the run"};
    for (const char* name : {"test_loss", "loss_test", "validation_loss"})
      if (p.is_open_scalar(name)) all.push_back({name, "test data", Role::companion});
    for (const auto& [name, companion] : p.with_prefix("loss_")) {
      if (name == "loss_excess" || name == "loss_test") continue;
      all.push_back({name, companion, Role::companion});
      whose.push_back("of " + companion);
    }
    if (p.is_open_scalar("exact_loss")) {
      all.push_back({"exact_loss", "closed form", Role::theory});
      whose.emplace_back("of the closed-form solution");
    }
    if (all.size() == 1) all.front().label.clear();
    p.curves("Loss", all, p.record.find("loss")->label(),
             fmt::format("Loss {}, against model time.",
                         fmt::join(whose, whose.size() == 2 ? " and " : ", ")),
             Scale::log);
  }
  if (p.is_open_scalar("loss_excess"))
    p.curves("Loss above its minimum", {{"loss_excess", ""}}, p.record.find("loss_excess")->label(),
             "Loss minus its known minimum, against model time.", Scale::log);
}

void gradient_norms(RecordPlan& p) {
  if (!p.is_open_scalar("gradient_norm")) return;
  std::vector<Source> all{{"gradient_norm", p.run_label}};
  for (const auto& [name, companion] : p.with_prefix("gradient_norm_"))
    all.push_back({name, companion, Role::companion});
  if (all.size() == 1) all.front().label.clear();
  p.curves("Gradient norm", all, p.record.find("gradient_norm")->label(),
           "Size of the gradient along the run, against model time.", Scale::log);
}

void accuracies(RecordPlan& p) {
  std::vector<Source> all;
  for (const auto& v : p.record.variables)
    if (v.name.find("accuracy") != std::string::npos && p.is_open_scalar(v.name))
      all.push_back({v.name, v.long_name,
                     v.name.find("test") == std::string::npos ? Role::run : Role::companion});
  if (all.empty()) return;
  const std::string y = all.size() == 1 ? p.record.find(all[0].variable)->label() : "accuracy";
  if (all.size() == 1) all[0].label.clear();
  p.curves("Accuracy", all, y,
           "Share of samples that are classified correctly, against model time.", Scale::linear);
}

void sharpnesses(RecordPlan& p) {
  std::vector<Source> all;
  if (p.is_open_scalar("sharpness")) all.push_back({"sharpness", p.run_label});
  if (p.is_open_scalar("sharpness_midpoint"))
    all.push_back({"sharpness_midpoint", "at midpoints", Role::companion});
  for (const auto& [name, companion] : p.with_prefix("sharpness_"))
    if (name != "sharpness_midpoint" && name != "sharpness_limit")
      all.push_back({name, companion, Role::companion});
  if (all.empty()) return;
  if (p.is_open_scalar("sharpness_limit"))
    all.push_back({"sharpness_limit", "limit of stable descent", Role::theory});
  p.curves("Sharpness", all, "sharpness",
           "Largest eigenvalue of the Hessian, by value, against model time.");
}

}  // namespace thalweg::report
