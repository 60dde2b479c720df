// The comparison of adjoints behind check-model --gradient.
#pragma once
#include <thalweg/app/commands.hpp>
#include <thalweg/config/config.hpp>
#include <thalweg/core/model.hpp>

#include <functional>

namespace thalweg {

/// Prints the table; the exit code is 4 when the adjoint of `config` misses the differences.
/// @throws ConfigError when the model has no adjoint to choose.
int check_gradient(const Config& config, const Options& options,
                   const std::function<AnyModel(const Config&)>& make);

}  // namespace thalweg
