// The table [draws]: how many draws, from which chains, and what to keep of them.
#pragma once
#include <thalweg/core/fields.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct DrawsConfig {
  Index count = 1000;   ///< kept, of each chain
  Index warmup = 1000;  ///< transitions of adaptation, of each chain
  Index chains = 4;
  Index thin = 1;  ///< transitions for one draw
  double temperature = 1.0;
  std::string start = "default";
  std::vector<std::string> keep{};
  bool store_warmup = false;
  std::string tuning_from{};
  std::vector<std::string> keep_places{};  ///< where they stand in the file
  std::string start_place{}, tuning_place{};
  void fields(Fields& f);
};

}  // namespace thalweg
