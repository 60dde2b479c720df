// Variational free energy of a posterior, F = <U> - T S over a Gaussian family, as a potential of
// the family's parameters: gradient flow on it is inference as motion.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/models/variational/gaussian_family.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

class ExpectedEnergy;
struct EnergyEstimate;

/// With several temperatures the state holds a member of the family for each, which do not
/// interact.
class FreeEnergy {
 public:
  std::string posterior_name = "bayesian_linear_regression", family = "full_rank",
              expectation = "auto";
  Index rank = 1, nodes = 40, draws = 128, seed = 0;
  std::vector<double> temperature{1.0};
  double start_sd = 0.1;
  AnyPotential posterior{};

  static Doc doc();
  void fields(Fields& f);
  /// @throws ModelError when the posterior has no linear predictors and gauss_hermite is asked for,
  /// and when common draws are too few for F to have a minimum.
  void prepare();

  [[nodiscard]] Index dim() const;
  [[nodiscard]] double value(In w) const;
  double value_and_gradient(In w, Out g) const;
  void gradient(In w, Out g) const { value_and_gradient(w, g); }
  /// Hessian products: Bonnet's and Price's theorems once more along linear predictors, those of
  /// the posterior at the common draws; differences of gradients where the posterior has none.
  [[nodiscard]] std::unique_ptr<Curvature> at(In w) const;
  [[nodiscard]] Layout layout() const;
  /// The posterior's own start (zero when it has none) with the standard deviation `start_sd`.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] Facts facts() const;

  [[nodiscard]] const GaussianFamily& gaussian_family() const { return *family_; }

 private:
  // <U> and S of the member of temperature k; their gradients are added to g with the factors 1
  // and -T.
  struct Terms {
    double U, S;
  };
  Terms terms(Index k, In w, Out g) const;
  // As recorded: from draws that the loss has not seen, where it has seen some.
  [[nodiscard]] EnergyEstimate internal_energy(In member) const;
  [[nodiscard]] double entropy(In member) const;
  [[nodiscard]] Observable gradient_variance_ratio(std::vector<Axis> axes) const;

  std::shared_ptr<const GaussianFamily> family_;
  std::shared_ptr<const ExpectedEnergy> energy_;
  bool quadrature_ = false;
};

}  // namespace thalweg
