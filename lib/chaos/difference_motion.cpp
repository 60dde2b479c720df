#include <thalweg/chaos/difference_motion.hpp>

#include <fmt/format.h>

#include <thalweg/core/central_difference.hpp>
#include <thalweg/core/error.hpp>
#include <utility>

namespace thalweg {

namespace {

struct DifferenceSystem {
  AnySystem system;

  [[nodiscard]] Index dim() const { return system.dim(); }
  void rhs(In x, Out dxdt, double t) const { system.rhs(x, dxdt, t); }
  void jvp(In x, In v, Out Jv, double t) const {
    central_difference([&](In y, Out rate) { system.rhs(y, rate, t); }, x, v, Jv);
  }
  [[nodiscard]] Layout layout() const { return system.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return system.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return system.observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return system.potential(); }
  [[nodiscard]] std::vector<double> breaks() const { return system.breaks(); }
};

struct DifferenceMap {
  AnyMap map;

  [[nodiscard]] Index dim() const { return map.dim(); }
  void apply(In x, Out next, Index n) const { map.apply(x, next, n); }
  void tangent(In x, MatIn V, MatOut DFV, Index n) const {
    for (Index j = 0; j < V.cols(); ++j)
      central_difference([&](In y, Out next) { map.apply(y, next, n); }, x, V.col(j), DFV.col(j));
  }
  [[nodiscard]] double time_step() const { return map.time_step(); }
  [[nodiscard]] Layout layout() const { return map.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const { return map.initial_state(rng); }
  [[nodiscard]] Observables observables() const { return map.observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return map.potential(); }
};

}  // namespace

Motion difference_motion(const Motion& motion) {
  if (const auto* system = motion.system()) return AnySystem(DifferenceSystem{*system});
  return AnyMap(DifferenceMap{*motion.map()});
}

void check_differences(const Motion& motion, In x, double t) {
  const Vec v = Vec::Ones(x.size());
  Vec whole(x.size()), half(x.size());
  const auto f = [&](In y, Out out) {
    if (const auto* system = motion.system())
      system->rhs(y, out, t);
    else
      motion.map()->apply(y, out, 0);
  };
  central_difference(f, x, v, whole);
  central_difference(f, x, v, half, 0.5e-3);
  const double off = (whole - half).norm() / half.norm();
  const bool both_zero = whole.norm() == 0.0 && half.norm() == 0.0;
  if (!both_zero && !(off < 1e-3))
    throw ModelError(fmt::format(
        "Jacobian products by differences over 1e-3 (1 + |x|) and over half of it disagree by "
        "{:.2g} "
        "at the start, which must be < 1e-3: the motion is not smooth there; take method = "
        "\"two_trajectories\"",
        off));
}

}  // namespace thalweg
