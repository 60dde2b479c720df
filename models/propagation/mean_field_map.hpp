#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/propagation/mean_field.hpp>
#include <thalweg/models/propagation/phase_diagram.hpp>

#include <optional>
#include <string>

namespace thalweg {

/// The theory alone as a map: state (q, 1 - c), one step a layer.
struct MeanFieldMap {
  std::string activation = "tanh";
  double sigma_w = 1.5, sigma_b = 0.0, q0 = 1.0, c0 = 0.5;
  PhaseGrid phase{};

  static Doc doc();
  void fields(Fields& f);
  void prepare();
  [[nodiscard]] Index dim() const { return 2; }
  void apply(In x, Out next, Index n) const;
  [[nodiscard]] Layout layout() const { return {{"q", 0, {}}, {"gap", 1, {}}}; }
  [[nodiscard]] Vec initial_state(Rng&) const;
  [[nodiscard]] Observables observables() const;

 private:
  std::optional<MeanField> field_;
};

/// Fixed points and depth scales by name: "q_star", "c_star", "chi_1", "xi_q", "xi_c",
/// "xi_gradient".
struct FixedPoint {
  double q = 0.0, c = 1.0, chi = 0.0, xi_q = 0.0, xi_c = 0.0, xi_gradient = 0.0;
  explicit FixedPoint(const MeanField& field);
};
struct FixedPointNumber {
  Variable variable;
  double FixedPoint::*number;
};
[[nodiscard]] std::vector<FixedPointNumber> fixed_point_numbers();

}  // namespace thalweg
