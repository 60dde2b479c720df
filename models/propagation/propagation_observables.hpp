// What can be recorded of an ensemble of random networks at each layer, with the theory beside it
// under the same name and "_theory".
#pragma once
#include <thalweg/core/observable.hpp>
#include <thalweg/models/propagation/signal_history.hpp>

#include <memory>

namespace thalweg {

[[nodiscard]] Observables propagation_observables(
    const std::shared_ptr<const SignalHistory>& history, Index jacobian_nets, double q0, double c0);

}  // namespace thalweg
