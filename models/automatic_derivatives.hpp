// A potential of which only the value is given gets its gradient and Hessian product by forward
// automatic differentiation, eight directions in a pass:
//
//   struct Valley {
//     Index dim() const { return 50; }
//     template <class S> S value(const VectorOf<S>& q) const { S sum = 0.0; ...; return sum; }
//   };
//
// Exact to rounding, at dim/8 evaluations per gradient. Functions of <cmath> are called without
// std:: in front (`using std::tanh;` first); sigmoid and softplus come with numerics/dual.hpp.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/potential.hpp>
#include <thalweg/core/signatures.hpp>
#include <thalweg/numerics/dual.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace thalweg {

/// A vector of any scalar: what the value of a potential takes. VectorOf<double> is In.
template <class S>
using VectorOf = Eigen::Ref<const Eigen::Matrix<S, Eigen::Dynamic, 1>>;

/// Gives the value for any scalar type and no derivatives.
template <class P>
concept ValueOnly = !Potential<P> && requires(const P& p, In q) {
  { p.dim() } -> std::convertible_to<Index>;
  { p.template value<double>(q) } -> std::convertible_to<double>;
};

/// The potential made from such a struct; everything else that it offers is passed on.
template <ValueOnly P>
class AutomaticPotential {
 public:
  static constexpr Derivatives derivatives = Derivatives::automatic;
  /// A gradient costs O(dim) evaluations; beyond this one by hand is worth its lines.
  static constexpr Index max_dim = 1000;

  static_assert(Signatures<P>::right);

  AutomaticPotential() = default;
  /// @throws ModelError beyond max_dim parameters
  explicit AutomaticPotential(P p) : p_(std::move(p)) { check_size(); }

  void fields(Fields& f) {
    if constexpr (requires { p_.fields(f); }) p_.fields(f);
  }
  void prepare() {
    if constexpr (requires { p_.prepare(); }) p_.prepare();
    check_size();
  }

  [[nodiscard]] Index dim() const { return p_.dim(); }
  [[nodiscard]] double value(In q) const { return p_.template value<double>(q); }
  void gradient(In q, Out g) const { value_and_gradient(q, g); }

  double value_and_gradient(In q, Out g) const {
    thread_local Eigen::Matrix<First, Eigen::Dynamic, 1> x;
    x = q.template cast<First>();
    double L = 0.0;
    for_each_chunk([&](Index first, std::size_t width) {
      for (std::size_t k = 0; k < width; ++k) x[first + static_cast<Index>(k)].slope[k] = 1.0;
      const First y = p_.template value<First>(x);
      L = y.value;
      for (std::size_t k = 0; k < width; ++k) {
        const Index i = first + static_cast<Index>(k);
        g[i] = y.slope[k];
        x[i].slope[k] = 0.0;
      }
    });
    return L;
  }

  /// d/ds grad L(q + s v) at s = 0: duals of duals, the outer one along v.
  void hvp(In q, In v, Out Hv) const {
    thread_local Eigen::Matrix<Second, Eigen::Dynamic, 1> x;
    x.resize(q.size());
    for (Index i = 0; i < q.size(); ++i) {
      x[i].value = First(q[i]);
      x[i].slope[0] = First(v[i]);
    }
    for_each_chunk([&](Index first, std::size_t width) {
      for (std::size_t k = 0; k < width; ++k) x[first + static_cast<Index>(k)].value.slope[k] = 1.0;
      const Second y = p_.template value<Second>(x);
      for (std::size_t k = 0; k < width; ++k) {
        const Index i = first + static_cast<Index>(k);
        Hv[i] = y.slope[0].slope[k];
        x[i].value.slope[k] = 0.0;
      }
    });
  }

  [[nodiscard]] Layout layout() const {
    if constexpr (requires { p_.layout(); }) return p_.layout();
    return plain_layout(dim(), "q");
  }
  [[nodiscard]] Vec initial_state(Rng& rng) const requires requires(const P& p) {
    p.initial_state(rng);
  }
  { return p_.initial_state(rng); }
  bool exact_flow(In q0, double t, Out q) const requires requires(const P& p) {
    p.exact_flow(q0, t, q);
  }
  { return p_.exact_flow(q0, t, q); }
  [[nodiscard]] std::optional<double> minimum_value() const requires requires(const P& p) {
    p.minimum_value();
  }
  { return p_.minimum_value(); }
  [[nodiscard]] Observables observables() const requires requires(const P& p) { p.observables(); }
  { return p_.observables(); }

 private:
  static constexpr int chunk = 8;
  using First = Dual<double, chunk>;
  using Second = Dual<First, 1>;

  template <class F>
  void for_each_chunk(const F& f) const {
    for (Index first = 0; first < dim(); first += chunk)
      f(first, static_cast<std::size_t>(std::min<Index>(chunk, dim() - first)));
  }
  void check_size() const {
    if (dim() > max_dim)
      throw ModelError("this potential gives only its value and has " + std::to_string(dim()) +
                       " parameters; automatic differentiation takes at most " +
                       std::to_string(max_dim) + ": add gradient(q, g) and hvp(q, v, Hv)");
  }

  P p_{};
};

/// The model made of a user's struct: itself, or with automatic derivatives.
template <class M>
struct ModelOf {
  using type = M;
};
template <ValueOnly P>
struct ModelOf<P> {
  using type = AutomaticPotential<P>;
};

/// `describe` says where the derivatives come from.
template <class M>
Doc model_doc(Doc doc) {
  if constexpr (ValueOnly<M>) {
    if (!doc.notes.empty()) doc.notes += "; ";
    doc.notes += "gradient and Hessian product by automatic differentiation of the value";
  } else if constexpr (requires { requires M::hessian_by_differences; }) {
    if (!doc.notes.empty()) doc.notes += "; ";
    doc.notes += "Hessian products are approximate, by differences of gradients";
  }
  return doc;
}

}  // namespace thalweg
