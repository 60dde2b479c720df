// Neal's funnel: the neck of hierarchical models, as a density whose moments are known.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/potential.hpp>

#include <string>

namespace thalweg {

/// v ~ N(0, scale^2), x_i ~ N(0, e^v), i = 1..dim-1. q = (v, x) (centred) or standard normals
/// (z_v, z_x) with v = scale z_v, x = e^(v/2) z_x (non-centred).
class Funnel {
 public:
  Index dimension = 10;
  double scale = 3.0;
  std::string parametrisation = "centred";

  static Doc doc();
  void fields(Fields& f);

  [[nodiscard]] Index dim() const { return dimension; }
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  void hvp(In q, In v, Out Hv) const;
  /// The whole density: there are no data.
  double prior(In q, Out g) const { return value_and_gradient(q, g); }
  void draw_prior(Rng& rng, Out q) const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] std::vector<DrawQuantity> draw_quantities() const;
  [[nodiscard]] Facts facts() const;

 private:
  [[nodiscard]] bool centred() const { return parametrisation == "centred"; }
  [[nodiscard]] double constant() const;
};

}  // namespace thalweg
