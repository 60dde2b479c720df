// Small networks of one shape as one batch: their gradients at once.
#pragma once
#include <thalweg/core/joint_gradients.hpp>

#include <memory>
#include <optional>

namespace thalweg {

class NetworkLoss;

/// Nothing for a network that is faster alone: with many samples, or too large for the cache.
std::optional<JointShape> joint_shape_of(std::shared_ptr<const NetworkLoss> network);

}  // namespace thalweg
