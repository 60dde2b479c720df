// Symmetries of two layers in a row, h = phi(U x + b), z = W h. Charges count what goes out of the
// units between them minus what comes in:
//
//   rescale     U_i, b_i grow by e^-eps, column i of W by e^eps, where phi(c s) = c phi(s) for
//               c > 0 (relu, identity):                  |W e_i|^2 - |U_i|^2 - b_i^2
//   balance     U -> e^(-eps M) U, W -> W e^(eps M) with M' = M, where phi is the identity and
//               there are no biases:                     W' W - U U'
//   rotations   the same with M' = -M:                   m (W' V_W - V_U U'), antisymmetric part
//
// V: velocities. Source: S. Du, W. Hu, J. Lee, Algorithmic regularization in learning deep
// homogeneous models: layers are automatically balanced, NeurIPS 2018.
#pragma once
#include <thalweg/core/symmetry.hpp>

#include <string>

namespace thalweg {

/// Where two layers in a row stand in the flat vector; matrices row by row.
struct LayerPair {
  Index inputs, units, outputs;
  Index in_weights, in_biases, out_weights;  ///< offsets; in_biases < 0: none
  std::string layer;                         ///< of the units between: "layer1"
};

/// One generator for each unit.
[[nodiscard]] Symmetry rescale_symmetry(const LayerPair& pair, double decay = 0.0);
/// One generator for each M = (e_i e_j' + e_j e_i') / 2, i <= j.
[[nodiscard]] Symmetry balance_symmetry(const LayerPair& pair);
/// One generator for each M = e_i e_j' - e_j e_i', i < j; one unit alone has none.
[[nodiscard]] Symmetry rotation_symmetry(const LayerPair& pair);

/// A vector added to every row of a matrix of shape (classes, inputs), and a number to all biases:
/// softmax(f + c) = softmax(f). One generator for each column, the last one for the biases;
/// offsets < 0: there are none.
[[nodiscard]] Symmetry translation_symmetry(Index classes, Index inputs, Index weights,
                                            Index biases, const std::string& layer,
                                            double decay = 0.0);

/// Each row of a matrix of shape (rows, columns) times a factor: |v_i|^2.
[[nodiscard]] Symmetry scale_symmetry(Index rows, Index columns, Index weights,
                                      const std::string& layer, double decay = 0.0);

}  // namespace thalweg
