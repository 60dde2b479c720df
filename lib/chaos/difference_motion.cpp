#include <thalweg/chaos/difference_motion.hpp>

#include <array>
#include <utility>

namespace thalweg {

namespace {

// `f(x, out)` is what is differenced.
template <class F>
void product(F&& f, In x, In v, Out Jv) {
  const double size = v.lpNorm<Eigen::Infinity>();
  if (!(size > 0.0)) {
    Jv = v;  // zero, or NaN passed on
    return;
  }
  const double s = 1e-3 * (1.0 + x.lpNorm<Eigen::Infinity>()) / size;
  thread_local Vec moved, value, sum;
  value.resize(x.size());
  sum = Vec::Zero(x.size());
  constexpr std::array<std::pair<double, double>, 4> points{
      {{1.0, 8.0}, {-1.0, -8.0}, {2.0, -1.0}, {-2.0, 1.0}}};
  for (const auto& [steps, weight] : points) {
    moved = x + (steps * s) * v;
    f(moved, value);
    sum += (weight / (12.0 * s)) * value;
  }
  Jv = sum;
}

struct DifferenceSystem {
  AnySystem system;

  [[nodiscard]] Index dim() const { return system.dim(); }
  void rhs(In x, Out dxdt, double t) const { system.rhs(x, dxdt, t); }
  void jvp(In x, In v, Out Jv, double t) const {
    product([&](In y, Out rate) { system.rhs(y, rate, t); }, x, v, Jv);
  }
  [[nodiscard]] Layout layout() const { return system.layout(); }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return system.initial_state(rng);
  }
  [[nodiscard]] Observables observables() const { return system.observables(); }
  [[nodiscard]] const AnyPotential* potential() const { return system.potential(); }
};

struct DifferenceMap {
  AnyMap map;

  [[nodiscard]] Index dim() const { return map.dim(); }
  void apply(In x, Out next, Index n) const { map.apply(x, next, n); }
  void tangent(In x, MatIn V, MatOut DFV, Index n) const {
    for (Index j = 0; j < V.cols(); ++j)
      product([&](In y, Out next) { map.apply(y, next, n); }, x, V.col(j), DFV.col(j));
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

}  // namespace thalweg
