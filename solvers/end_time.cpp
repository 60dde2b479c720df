#include <thalweg/solvers/end_time.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>

namespace thalweg {

void require_forward(const std::string& method, double t, double t_end) {
  if (!(t_end > t))
    throw ConfigError(fmt::format(
        "{}: the end t = {} must be > the present t = {}; to integrate backwards change the sign "
        "of time in the model",
        method, t_end, t));
}

}  // namespace thalweg
