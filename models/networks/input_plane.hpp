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

/// Writes f of points, one per row.
using OutputsAt = std::function<void(In theta, const Samples& X, Eigen::Map<Samples> f)>;

/// Observable `decision` of any model of two inputs, on a grid over the data's range and a fifth
/// more on each side: the second of C outputs minus the first, or the only one; the model changes
/// its mind where it is 0.
Observable decision_observable(const Samples& data, Index C, OutputsAt outputs);

/// Observables input_exponent and decision on that grid.
Observables plane_observables(const mlp_kernel::MlpShape& shape, const Samples& data,
                              OutputsAt outputs);

}  // namespace thalweg
