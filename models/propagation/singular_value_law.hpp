// The law of the singular values of the Jacobian of many layers, J = prod_l sigma_l W_l D_l, as the
// width grows: slopes D and weights W become free, so that the S-transforms multiply. With
// w = M(z) = sum_k E s^(2k) / z^k of J J' and M_D(zeta_l) = w, M_D(zeta) = E d / (zeta - d) over
// the squared slopes d = phi'(u)^2 of layer l,
//
//   z = (1 + w)/w  prod_l  sigma_l^2 w zeta_l / (1 + w)  x  (1 + w for Gaussian weights)
//
// followed from large z along arg z = 1e-4 down; the density of ln s^2 is -Im w / pi.
// Source: Pennington, Schoenholz, Ganguli, NeurIPS 2017 and AISTATS 2018. Linear Gaussian networks:
// Fuss and Catalan's law.
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/models/networks/kernel/mlp_kernel.hpp>

#include <vector>

namespace thalweg {

struct SingularValueLaw {
  struct Layer {
    double sigma_w = 1.0, q = 1.0;
  };
  mlp_kernel::Activation activation = mlp_kernel::Activation::tanh;
  bool orthogonal = false;
  std::vector<Layer> layers{};

  /// s that the share (i + 1/2) / n of singular values exceeds, i = 0..n-1, descending; 0 below
  /// 1e-108 of their root mean square, NaN where the equation could not be followed. The squares'
  /// mean and density are good to about 1e-3.
  [[nodiscard]] Vec quantiles(Index n) const;
};

}  // namespace thalweg
