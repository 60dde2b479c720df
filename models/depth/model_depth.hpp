// What a run or a check asks of the models that live in depth, without their names: the end of the
// depth, and the loss with frozen steps. Answered where the names are, in models/catalogue.cpp.
#pragma once
#include <thalweg/core/model.hpp>

#include <functional>
#include <optional>
#include <string>

namespace thalweg {

/// Depth as the time of a motion: beyond it there are no gradients, or no layers.
struct ModelDepth {
  std::string key;  ///< of the model's table: "depth", "layers"
  double end = 0.0;
};

/// Nothing for a model whose time has no end of its own.
std::optional<ModelDepth> depth_of(const AnyModel& model);

/// q -> L(q) with the steps in depth that are accepted at `at`, for a potential with a solver
/// inside whose discrete adjoint takes them as constants; empty for any other.
std::function<double(In)> loss_with_steps_of(const AnyPotential& potential, In at);

}  // namespace thalweg
