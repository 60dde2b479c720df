// A network with two inputs over the plane of its inputs: where it decides, and how much it
// stretches the plane there.
#pragma once
#include <thalweg/core/observable.hpp>
#include <thalweg/models/datasets/dataset.hpp>
#include <thalweg/models/networks/kernel/mlp_evaluate.hpp>

#include <functional>

namespace thalweg {

/// Largest finite-time Lyapunov exponents in depth, l_1(x) = ln(s_1(J(x)))/L with the largest
/// singular value s_1 of the Jacobian J = W^L D^(L-1) W^(L-1) ... D^1 W^1 of the outputs of L
/// layers, at points that are the columns of X, shape (2, n). D^l = diag(phi'(z^l)); -infinity
/// where J = 0, such as behind dead relu units. L. Storm, H. Linander, J. Bec, K. Gustavsson and B.
/// Mehlig, Finite-time Lyapunov exponents of deep neural networks, Phys. Rev. Lett. 132 (2024)
/// 057301.
Vec input_exponents(const mlp_kernel::MlpShape& shape, In theta, MatIn X);

/// Observables input_exponent and decision on a grid over the data's range and a fifth more on each
/// side. `decision`: the second output minus the first, or the only one; the network changes its
/// mind where it is 0. `outputs` writes f of points, one per row.
Observables plane_observables(
    const mlp_kernel::MlpShape& shape, const Samples& data,
    std::function<void(In theta, const Samples& X, Eigen::Map<Samples> f)> outputs);

}  // namespace thalweg
