// The table [evidence]: ln Z = ln p(D) by which routes, at what cost.
#pragma once
#include <thalweg/core/fields.hpp>

#include <string>

namespace thalweg {

struct LadderConfig {
  Index intervals = 20;  ///< K: the rungs are b_i = (i/K)^power, i = 0..K
  double power = 5.0;
  Index chains = 4, warmup = 300, draws = 500;
  void fields(Fields& f);
};

struct AnnealingConfig {
  Index steps = 200, particles = 64, transitions = 1;
  void fields(Fields& f);
};

struct EvidenceConfig {
  bool laplace = true;
  LadderConfig ladder{};
  AnnealingConfig annealing{};
  std::string annealing_place{};  ///< where it stands in the file
  void fields(Fields& f);
};

}  // namespace thalweg
