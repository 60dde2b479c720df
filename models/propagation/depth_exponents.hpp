// Lyapunov exponents of a random network's layers, J = sigma_w W D with slopes D = phi'(u), u ~
// N(0, q), as the width N grows: W and D are free, so that S-transforms multiply, and the exponent
// of the rank k = x N is
//
//   l(x) = -1/2 ln S(-x),   1 / S = sigma_w^2 (1 - x) / S_D(-x)    for Gaussian weights
//                           1 / S = sigma_w^2 / S_D(-x)            for orthogonal ones
//   S_D(-x) = v (1 - x) / x   with   x = E v d^2 / (1 + v d^2)
//
// At x = 0 that is ln(chi) / 2, chi = sigma_w^2 E phi'^2: mean-field theory's growth of gradients.
// Sources: V. Kargin, Lyapunov exponents of free operators, J. Funct. Anal. 255 (2008) 1874;
// C. M. Newman, Commun. Math. Phys. 103 (1986) 121, whose ln(2/N) + psi((N - k + 1)/2) stands for
// ln(1 - x) here, exact at every N without slopes.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

namespace thalweg {

/// l_1 >= ... >= l_N; minus infinity where the slopes leave no direction (relu beyond half of
/// them). Slopes enter as N grows, at x = (k - 1/2) / N: an error of the order 1/N.
Vec depth_exponents(mlp_kernel::Activation activation, double sigma_w, double q, Index width,
                    bool orthogonal);

}  // namespace thalweg
