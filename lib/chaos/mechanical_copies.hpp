// Second-order motions beside each other, or with tangent vectors, in the order that methods for
// second-order motions want: all positions, then all velocities.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/core/system.hpp>

#include <memory>

namespace thalweg {

/// How copies of a state (q, v) of 2 d entries stand one after another in `state`, and in which
/// order the mechanical form has them: (q, q_1, ..., q_k, v, v_1, ..., v_k).
struct CopiesOf {
  Index d = 0, copies = 1;
  /// The first entries of `state` in the mechanical order, and back.
  void to_mechanical(In state, Out x) const;
  void from_mechanical(In x, Out state) const;
};

/// (q, u_1 .. u_k, v, w_1 .. w_k): m v' = f(q) - gamma v, m w_j' = Df(q) u_j - gamma w_j. A method
/// that is symplectic on (q, v) is so on this system too, whose maps are its tangent maps.
/// @throws ModelError when `system` is no second-order motion or has no Jacobian products.
AnySystem mechanical_tangents(const AnySystem& system, Index k);
/// (q, r, v, w): the same motion twice.
AnySystem mechanical_pair(const AnySystem& system);

/// `inner`, a stepper of one of these, as one of a state whose copies stand one after another; an
/// entry more, if the state has one, grows by `rate` per time (ln of a volume: -d gamma / m).
std::unique_ptr<Stepper> in_order_of_copies(std::unique_ptr<Stepper> inner, CopiesOf order,
                                            bool one_more, double rate);

}  // namespace thalweg
