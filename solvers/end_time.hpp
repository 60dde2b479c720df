// The rule of every stepper about the end it is given: it lies ahead.
#pragma once
#include <string>

namespace thalweg {

/// @throws ConfigError unless t_end > t.
void require_forward(const std::string& method, double t, double t_end);

}  // namespace thalweg
