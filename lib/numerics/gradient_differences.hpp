// Hessian products for the price of a gradient, good to about seven digits.
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>
#include <thalweg/numerics/lanczos.hpp>

namespace thalweg {

/// H v = (grad L(q + s v) - grad L(q)) / s + O(s) for unit vectors v; g = grad L(q).
/// The error is s |T[v, v]| / 2 + eps |g| / s with T the third derivative and eps the precision of
/// the gradient. For double precision s = 1e-8 (1 + |q|) is shorter than where both are equal: a
/// gradient with kinks, as that of a relu network, is seldom crossed by so short a step. `coarse`
/// takes 1000 times that, for gradients in single precision.
SymmetricProduct gradient_differences(std::function<void(In q, Out g)> gradient, In q, Vec g,
                                      bool coarse = false);

}  // namespace thalweg
