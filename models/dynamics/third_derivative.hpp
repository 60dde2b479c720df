// T[u,v] = grad_q (u' H(q) v), the third derivative contracted twice: exact where the potential
// offers third(q, u, v), else a difference of Hessian products along u.
#pragma once
#include <thalweg/core/potential.hpp>

namespace thalweg {

/// Tuv = T[u, v].
/// By differences it is the sixth-order central difference of s -> H(q + s u/|u|) v with s = 0.01
/// max(1, |q|_inf), six Hessian products; the truncation is O(s^6), the rounding eps |H| |u| |v| /
/// s.
/// @return an estimate of the error |Tuv - exact|: the difference to the fourth-order formula on
/// the same points, which is the error of that one, so far above that of Tuv; 0 when exact.
/// @throws ModelError when the potential has no Hessian product.
double third_derivative(const AnyPotential& potential, In q, In u, In v, Out Tuv);

}  // namespace thalweg
