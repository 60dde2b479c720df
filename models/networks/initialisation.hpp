// Random start of a layered network, W^l of shape (fan_out, fan_in):
//
//   he          Var W = 2/fan_in               He et al. 2015
//   xavier      Var W = 2/(fan_in + fan_out)   Glorot and Bengio 2010
//   lecun       Var W = 1/fan_in               LeCun et al. 1998
//   orthogonal  W W^T = 1 or W^T W = 1, uniform over such matrices   Saxe et al. 2014
//   mean_field  Var W = sigma_w^2/fan_in, Var b = sigma_b^2          Poole et al. 2016
//   pytorch     W and b uniform in +-1/sqrt(fan_in), the default of torch.nn.Linear
//   zero        W = b = 0
//
// with b = 0 where nothing else is said. he, xavier, lecun and mean_field are normal or uniform of
// that variance. All W are multiplied by `gain`, W^l also by layer_gains[l - 1].
#pragma once
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>

#include <string>
#include <vector>

namespace thalweg {

struct Initialisation {
  std::string name = "pytorch", distribution = "normal";
  double gain = 1.0, sigma_w = 1.0, sigma_b = 0.0;
  std::vector<double> layer_gains{};

  void fields(Fields& f);
  /// @throws ModelError when layer_gains is neither empty nor one per layer.
  void check(std::size_t layers) const;
  /// Writes theta: layer by layer W^l row by row, then b^l if `bias`. widths[0] is the input.
  /// Numbers are drawn in the order of theta.
  void operator()(const std::vector<Index>& widths, bool bias, Rng& rng, Out theta) const;
};

/// A matrix with orthonormal columns (rows >= cols) or rows, uniform under rotations: QR of a
/// normal matrix with the signs of R's diagonal moved into Q (Mezzadri 2007).
Mat random_orthogonal(Index rows, Index cols, Rng& rng);

}  // namespace thalweg
