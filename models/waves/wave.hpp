// The linear residual net x_{t+1} = (2 - gamma) x_t - (1 - gamma) x_{t-1} - D' mu D x_t as a map:
// the state is the pair (x_t, x_{t-1}), a step is a layer (kernel/leapfrog.hpp). A run goes layer
// by layer, as each may be recorded; whoever wants many layers at once calls net().tiled.
#pragma once
#include <thalweg/core/depth_limit.hpp>
#include <thalweg/core/doc.hpp>
#include <thalweg/core/layout.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>
#include <thalweg/models/waves/kernel/leapfrog.hpp>
#include <thalweg/models/waves/wave_gradient.hpp>
#include <thalweg/models/waves/wave_options.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace thalweg {

class Wave : public WaveOptions {
 public:
  Wave() = default;
  /// @throws ModelError as check() does.
  explicit Wave(WaveOptions options) : WaveOptions(std::move(options)) { prepare(); }

  static Doc doc();
  /// Builds the net. @throws ModelError as check() does.
  void prepare();

  [[nodiscard]] Index dim() const { return 2 * size(); }
  void apply(In x, Out next, Index n) const;
  void tangent(In x, MatIn V, MatOut DFV, Index n) const;
  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  [[nodiscard]] Observables observables() const;
  [[nodiscard]] DepthLimit depth_limit() const { return {"layers", static_cast<double>(layers)}; }

  [[nodiscard]] Index size() const { return net_->size(); }
  [[nodiscard]] const wave_kernel::Leapfrog& net() const { return *net_; }
  [[nodiscard]] const WaveGradient& backpropagated() const { return *gradient_; }
  /// The exact invariant of gamma = 0: 1/2 |x_t - x_{t-1}|^2 + 1/2 <D x_t, mu D x_{t-1}>. With
  /// damping, mu and gamma over 1 - gamma/2 in their place, a layer changes it by
  /// -(gamma/4) |x_{t+1} - x_{t-1}|^2.
  [[nodiscard]] double energy(In pair) const;
  /// Numbers in closed form for a constant mu and gamma = 0: sin^2(omega / 2) = mu sum sin^2(k/2).
  [[nodiscard]] double frequency(const std::vector<double>& wavenumber) const;
  /// d omega / dk = mu sin(k) / sin(omega) along each axis, its length.
  [[nodiscard]] double group_speed(const std::vector<double>& wavenumber) const;

 private:
  [[nodiscard]] bool is_line() const { return cells.size() == 1; }
  [[nodiscard]] std::vector<double> wavenumber() const;
  [[nodiscard]] Vec bump(const WaveSource& source, double shift) const;
  [[nodiscard]] Vec travelling_mode(double t) const;
  [[nodiscard]] double mean_group_speed(double width) const;
  [[nodiscard]] double distance(const WaveSource& source, In field) const;
  [[nodiscard]] double reach(const WaveSource& source, In field) const;
  [[nodiscard]] double apart(const WaveSource& source, Index cell) const;
  [[nodiscard]] double place(double position) const;
  [[nodiscard]] std::vector<double> centre(const WaveSource& source) const;
  void set_profile(wave_kernel::Medium& medium) const;
  [[nodiscard]] double mu_at(double row, double column) const;
  [[nodiscard]] double mu_at(const WaveSource& source) const;
  [[nodiscard]] double front(double from, int side, double layers_ago) const;
  [[nodiscard]] std::vector<Axis> axes() const;

  std::shared_ptr<const wave_kernel::Leapfrog> net_;
  std::shared_ptr<const WaveGradient> gradient_;
};

}  // namespace thalweg
