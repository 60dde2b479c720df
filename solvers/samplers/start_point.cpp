#include <thalweg/solvers/samplers/start_point.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/solvers/error_norm.hpp>

namespace thalweg {

void set_start(const Target& target, const std::string& sampler, In q, PhasePoint& z) {
  if (q.size() != target.dim())
    throw ModelError(fmt::format("{}: the start has {} parameters, the model has {}", sampler,
                                 q.size(), target.dim()));
  z.resize(q.size());
  z.q = q;
  z.u = target(z.q, z.g);
  if (!std::isfinite(z.u))
    throw SolveError(
        fmt::format("{}: U = {} at the start must be finite: choose another start", sampler, z.u));
  for (Index i = 0; i < z.g.size(); ++i)
    if (!std::isfinite(z.g[i]))
      throw SolveError(
          fmt::format("{}: the gradient at the start, {}, = {} must be finite: choose another "
                      "start",
                      sampler, entry_name(target.potential().layout(), i), z.g[i]));
}

}  // namespace thalweg
