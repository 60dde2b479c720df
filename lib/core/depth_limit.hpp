// Depth as the time of a motion.
#pragma once
#include <string>

namespace thalweg {

/// Where the depth of a model ends: beyond it there are no layers and no gradients.
struct DepthLimit {
  std::string key;  ///< of the model's table: "depth", "layers"
  double end = 0.0;
};

}  // namespace thalweg
