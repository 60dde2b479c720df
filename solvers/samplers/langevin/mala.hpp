// Overdamped Langevin dynamics with Metropolis' correction.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/sampler.hpp>

#include <optional>
#include <string>

namespace thalweg {

struct Mala {
  std::optional<double> step_size{};
  std::string metric = "diagonal";
  double target_acceptance = 0.574;
  static Doc doc();
  void fields(Fields& f);
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
};

}  // namespace thalweg
