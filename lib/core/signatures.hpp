// One readable compile error for a struct that nearly is a model: a member function of a known name
// must have the signature under which it is looked for. Without this a misspelt rhs would end in
// pages of templates and a misspelt jvp would silently not be used.
#pragma once
#include <thalweg/core/map.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/system.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <type_traits>

namespace thalweg {

// True when M has one (not overloaded, not templated) member function of this name.
#define THALWEG_NAMES(member) \
  requires { requires std::is_member_function_pointer_v<decltype(&M::member)>; }

// `...` is the call on a const object.
#define THALWEG_SIGNATURE(member, result, text, ...)                                          \
  static_assert(                                                                              \
      !THALWEG_NAMES(member) ||                                                               \
          requires(const M& m, In q, In v, In w, Out o, MatIn V, MatOut W, double t, Index n, \
                   Rng& rng) {                                                                \
            { __VA_ARGS__ } -> std::convertible_to<result>;                                   \
          },                                                                                  \
      "thalweg: wrong signature, it must be `" text "`")

/// Every static_assert here names the member and the signature it must have.
template <class M>
struct Signatures {
  static constexpr bool names_a_model =
      THALWEG_NAMES(rhs) || THALWEG_NAMES(apply) || THALWEG_NAMES(gradient) || THALWEG_NAMES(value);
  static constexpr bool value_for_any_scalar = requires(const M& m, In q) {
    m.template value<double>(q);
  };
  static_assert(Potential<M> || System<M> || Map<M> || names_a_model || value_for_any_scalar,
                "thalweg: this struct is not a model. It needs `Index dim() const` and one of: "
                "`double value(In q) const` + `void gradient(In q, Out g) const` (a potential), "
                "`template <class S> S value(const VectorOf<S>& q) const` alone (a potential with "
                "automatic derivatives, registered with THALWEG_MODEL), "
                "`void rhs(In x, Out dxdt, double t) const` (a system), or "
                "`void apply(In x, Out next, Index n) const` (a map)");
  static_assert(System<M> || !THALWEG_NAMES(rhs),
                "thalweg: a system needs `Index dim() const` and "
                "`void rhs(In x, Out dxdt, double t) const`");
  static_assert(Map<M> || !THALWEG_NAMES(apply),
                "thalweg: a map needs `Index dim() const` and "
                "`void apply(In x, Out next, Index n) const`");
  static_assert(Potential<M> || !(THALWEG_NAMES(value) || THALWEG_NAMES(gradient)),
                "thalweg: a potential needs `Index dim() const`, `double value(In q) const` and "
                "`void gradient(In q, Out g) const`");

  THALWEG_SIGNATURE(hvp, void, "void hvp(In q, In v, Out Hv) const", m.hvp(q, v, o));
  THALWEG_SIGNATURE(third, void, "void third(In q, In u, In v, Out Tuv) const",
                    m.third(q, v, w, o));
  THALWEG_SIGNATURE(at, std::unique_ptr<Curvature>, "std::unique_ptr<Curvature> at(In q) const",
                    m.at(q));
  THALWEG_SIGNATURE(third_block, void, "void third_block(In q, In u, MatIn V, MatOut TuV) const",
                    m.third_block(q, v, V, W));
  THALWEG_SIGNATURE(curvature, std::unique_ptr<Curvature>,
                    "std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const",
                    m.curvature(q, CurvatureKind::fisher));
  THALWEG_SIGNATURE(has_curvature, bool, "bool has_curvature(CurvatureKind kind) const",
                    m.has_curvature(CurvatureKind::fisher));
  THALWEG_SIGNATURE(samples, Index, "Index samples() const", m.samples());
  THALWEG_SIGNATURE(minimum_value, std::optional<double>, "double minimum_value() const",
                    m.minimum_value());
  THALWEG_SIGNATURE(exact_flow, bool, "bool exact_flow(In q0, double t, Out q) const",
                    m.exact_flow(q, t, o));
  THALWEG_SIGNATURE(jvp, void, "void jvp(In x, In v, Out Jv, double t) const", m.jvp(q, v, o, t));
  THALWEG_SIGNATURE(linearise, std::unique_ptr<Linearisation>,
                    "std::unique_ptr<Linearisation> linearise(In x, double t) const",
                    m.linearise(q, t));
  THALWEG_SIGNATURE(energy, double, "double energy(In x) const", m.energy(q));
  THALWEG_SIGNATURE(energy_rate, double, "double energy_rate(In x, double t) const",
                    m.energy_rate(q, t));
  THALWEG_SIGNATURE(mechanics, Mechanics, "Mechanics mechanics() const", m.mechanics());
  THALWEG_SIGNATURE(force, void, "void force(In q, Out f) const", m.force(q, o));
  THALWEG_SIGNATURE(potential_energy, double, "double potential_energy(In q) const",
                    m.potential_energy(q));
  THALWEG_SIGNATURE(exact, bool, "bool exact(In x0, double t, Out x) const", m.exact(q, t, o));
  THALWEG_SIGNATURE(is_gradient_flow, bool, "bool is_gradient_flow() const", m.is_gradient_flow());
  THALWEG_SIGNATURE(tangent, void, "void tangent(In x, MatIn V, MatOut DFV, Index n) const",
                    m.tangent(q, V, W, n));
  THALWEG_SIGNATURE(time_step, double, "double time_step() const", m.time_step());
  THALWEG_SIGNATURE(layout, Layout, "Layout layout() const", m.layout());
  THALWEG_SIGNATURE(initial_state, std::optional<Vec>, "Vec initial_state(Rng& rng) const",
                    m.initial_state(rng));
  THALWEG_SIGNATURE(observables, Observables, "Observables observables() const", m.observables());
  THALWEG_SIGNATURE(symmetries, Symmetries, "Symmetries symmetries() const", m.symmetries());
  THALWEG_SIGNATURE(charge_law, std::shared_ptr<const ChargeLaw>,
                    "std::shared_ptr<const ChargeLaw> charge_law() const", m.charge_law());
  THALWEG_SIGNATURE(joint_shape, std::optional<JointShape>,
                    "std::optional<JointShape> joint_shape() const", m.joint_shape());
  THALWEG_SIGNATURE(may_wait, bool, "bool may_wait() const", m.may_wait());
  THALWEG_SIGNATURE(depth_limit, std::optional<DepthLimit>, "DepthLimit depth_limit() const",
                    m.depth_limit());
  THALWEG_SIGNATURE(breaks, std::vector<double>, "std::vector<double> breaks() const", m.breaks());
  static constexpr bool right = true;
};

#undef THALWEG_NAMES
#undef THALWEG_SIGNATURE

}  // namespace thalweg
