#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/run/analysis.hpp>
#include <thalweg/solvers/catalogue.hpp>

#include <string>

namespace thalweg {

/// Finite-time Lyapunov exponents from the state at hand.
struct FiniteTimeLyapunov {
  Index exponents = 1;
  double horizon = 100.0, interval = 1.0, escape = 1e6;
  std::string solver_name = default_solver, derivatives = "exact";
  SolverFactory solver{};

  static Doc doc();
  void fields(Fields& f);
  std::vector<Quantity> operator()(RunContext& context, const std::string& series) const;
  [[nodiscard]] double memory(Index dim) const;
};

}  // namespace thalweg
