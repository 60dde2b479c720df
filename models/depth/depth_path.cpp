#include <thalweg/models/depth/depth_path.hpp>

#include <fmt/format.h>

#include <thalweg/core/error.hpp>
#include <thalweg/numerics/hermite.hpp>

#include <algorithm>

namespace thalweg {

namespace {
constexpr Index most_steps = 1'000'000;
// The interpolation between nodes errs by h^4, the nodes themselves by the solver's tolerance: a
// tight one would be lost with the long steps of a method of high order.
constexpr Index least_steps = 2048;
constexpr int most_rejections = 100;
constexpr double rounding = 1e-13;
}  // namespace

DepthPath::DepthPath(const AnySystem& system, In x0, double end, const SolverFactory& solver,
                     double factor, SmoothPieces pieces, const std::function<void(double)>& enter) {
  const auto stepper = solver(system, factor);
  Vec x = x0, slope(x0.size());
  const auto keep = [&] {
    system.rhs(x, slope, stepper->time());
    nodes_.push_back({stepper->time(), x, slope});
  };
  int rejections = 0;
  Index mark = 1;
  for (double from = 0.0; from < end; from = stepper->time()) {
    pieces.enter(from);
    const double to = pieces.stop(end);
    enter(0.5 * (from + to));
    stepper->reset(from, x);
    keep();
    while (stepper->time() < to) {
      const double next = mark == least_steps
                              ? end
                              : end * static_cast<double>(mark) / static_cast<double>(least_steps);
      // A mark and a break that differ by rounding are one place.
      if (!stepper->step(next < to - rounding * end ? next : to).accepted) {
        if (++rejections > most_rejections)
          throw SolveError(
              fmt::format("the signal cannot be followed beyond depth {}: {} steps in a "
                          "row were rejected",
                          stepper->time(), rejections));
        continue;
      }
      rejections = 0;
      if (stepper->time() >= next - rounding * end) ++mark;
      x = stepper->state();
      keep();
      if (static_cast<Index>(nodes_.size()) > most_steps)
        throw SolveError(fmt::format(
            "the signal needs more than {} steps to depth {}: choose another path_solver or depth",
            most_steps, end));
    }
  }
}

void DepthPath::at(double z, Out x) const {
  const auto after = std::lower_bound(nodes_.begin(), nodes_.end(), z,
                                      [](const Node& node, double at) { return node.z < at; });
  if (after == nodes_.begin()) {
    x = nodes_.front().x;
    return;
  }
  if (after == nodes_.end()) {
    x = nodes_.back().x;
    return;
  }
  const Node &a = *(after - 1), &b = *after;
  hermite(z, a.z, a.x, a.slope, b.z, b.x, b.slope, x);
}

}  // namespace thalweg
