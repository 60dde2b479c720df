// Which learning rates train a small network, and which make it diverge.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/plane_field.hpp>
#include <thalweg/models/trainability/many_trainings.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg {

/// How a training went, from its losses L_t, t = 0..T-1, v_t = min(L_t / L_0, 1e6) with 1e6 for
/// what is not finite: converged iff the mean of the last 20 v_t is < 1. Then sum_t v_t, else
/// -sum_t 1/v_t.
double convergence_measure(std::span<const double> losses);

/// The recipe that a configuration names.
class Trainability {
 public:
  Index width = 16;
  std::string activation = "tanh";
  std::optional<Index> samples{};
  Index steps = 500;
  bool early_exit = true;

  static Doc doc();
  void fields(Fields& f);
  /// Parameters, inputs and targets N(0, 1) from the streams trainability.parameters, .inputs and
  /// .targets of the seed.
  [[nodiscard]] TrainingTask task(std::uint64_t seed) const;
  [[nodiscard]] std::shared_ptr<const PlaneField> operator()(std::uint64_t seed) const;
};

}  // namespace thalweg
