// What `thalweg describe NAME` prints of a model, dynamics, solver, data set or quantity.
#pragma once
#include <string>

namespace thalweg {

struct Doc {
  std::string summary;     ///< one line, no full stop
  std::string equation{};  ///< plain text mathematics
  std::string source{};    ///< paper or book
  std::string notes{};     ///< assumptions, approximations, caveats
};

}  // namespace thalweg
