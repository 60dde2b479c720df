// Overdamped Langevin dynamics by Euler's method, without correction.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/sampler.hpp>

namespace thalweg {

struct Ula {
  double step_size = 0.0;
  Index steps = 1;
  static Doc doc();
  void fields(Fields& f);
  std::unique_ptr<Sampler> operator()(const AnyPotential& potential, double temperature) const;
};

}  // namespace thalweg
