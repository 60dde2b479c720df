// The state that another run ended with, as the start of this one.
#pragma once
#include <thalweg/core/types.hpp>

#include <string>

namespace thalweg {

/// `from`: a run's directory, which stands for its final state, or FILE.h5:/dataset.
/// @throws ConfigError when it cannot be opened, IoError when it has no such state
Vec stored_state(const std::string& from);

/// The id of that run; "" for a file that is no run's.
std::string stored_run_id(const std::string& from);

}  // namespace thalweg
