// A model is a potential, a system or a map; a motion is what the time loop can drive.
#pragma once
#include <thalweg/core/map.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/signatures.hpp>
#include <thalweg/core/system.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace thalweg {

/// An ODE or a discrete map.
class Motion {
 public:
  Motion() = default;
  Motion(AnySystem system) : motion_(std::move(system)) {}  // NOLINT: implicit on purpose
  Motion(AnyMap map) : motion_(std::move(map)) {}           // NOLINT: implicit on purpose

  [[nodiscard]] const AnySystem* system() const { return std::get_if<AnySystem>(&motion_); }
  [[nodiscard]] const AnyMap* map() const { return std::get_if<AnyMap>(&motion_); }

  [[nodiscard]] Index dim() const {
    return std::visit([](const auto& m) { return m.dim(); }, motion_);
  }
  [[nodiscard]] Layout layout() const {
    return std::visit([](const auto& m) { return m.layout(); }, motion_);
  }
  [[nodiscard]] std::optional<Vec> initial_state(Rng& rng) const {
    return std::visit([&](const auto& m) { return m.initial_state(rng); }, motion_);
  }
  [[nodiscard]] Observables observables() const {
    return std::visit([](const auto& m) { return m.observables(); }, motion_);
  }
  [[nodiscard]] const AnyPotential* potential() const {
    return std::visit([](const auto& m) { return m.potential(); }, motion_);
  }
  [[nodiscard]] std::shared_ptr<const ChargeLaw> charge_law() const {
    return std::visit([](const auto& m) { return m.charge_law(); }, motion_);
  }
  [[nodiscard]] bool may_wait() const {
    return std::visit([](const auto& m) { return m.may_wait(); }, motion_);
  }
  [[nodiscard]] CallCounts counts() const {
    return std::visit([](const auto& m) { return m.counts(); }, motion_);
  }
  void set_counts(const CallCounts& c) const {
    std::visit([&](const auto& m) { m.set_counts(c); }, motion_);
  }

 private:
  std::variant<AnySystem, AnyMap> motion_;
};

/// What a dynamics is: a recipe that turns a potential into a motion. A struct with
/// `Motion operator()(const AnyPotential&) const` and `fields` is one.
using Dynamics = std::function<Motion(const AnyPotential&)>;

template <class M>
concept Model = Potential<M> || System<M> || Map<M>;

class AnyModel {
 public:
  template <class M>
  requires(!std::same_as<M, AnyModel>) explicit AnyModel(M m) {
    static_assert(Signatures<M>::right);
    if constexpr (Potential<M>)
      model_ = AnyPotential(std::move(m));
    else if constexpr (System<M>)
      model_ = AnySystem(std::move(m));
    else if constexpr (Map<M>)
      model_ = AnyMap(std::move(m));
  }

  [[nodiscard]] const AnyPotential* potential() const { return std::get_if<AnyPotential>(&model_); }
  [[nodiscard]] const AnySystem* system() const { return std::get_if<AnySystem>(&model_); }
  [[nodiscard]] const AnyMap* map() const { return std::get_if<AnyMap>(&model_); }
  [[nodiscard]] std::optional<DepthLimit> depth_limit() const {
    if (system()) return system()->depth_limit();
    return map() ? map()->depth_limit() : std::nullopt;
  }

 private:
  std::variant<std::monostate, AnyPotential, AnySystem, AnyMap> model_;
};

}  // namespace thalweg
