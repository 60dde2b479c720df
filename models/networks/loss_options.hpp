// The loss conventions of every model that learns from data, stated once:
//
//   mse            |f - y|^2 / 2 per sample, summed over the outputs
//   cross_entropy  -log softmax(f)_label
//   logistic       log(1 + exp(-s f)), s = +1 for label 1, -1 for label 0; one output
//
//   L = scale mean_samples(loss) + l2/2 |theta|^2      reduction = "mean"
//   L = scale  sum_samples(loss) + l2/2 |theta|^2      reduction = "sum": minus a log posterior
//   when
//                                                      l2 = 1/(prior variance)
//
// so that mse = sum |f - y|^2 / (2n). A paper with another factor in front says so by `scale` (2
// for sum |f - y|^2 / n; 2/C for PyTorch's MSELoss over n x C entries). l2 counts biases too.
#pragma once
#include <thalweg/core/fields.hpp>

#include <string>

namespace thalweg {

struct LossOptions {
  double scale = 1.0, l2 = 0.0;
  std::string reduction = "mean";

  void fields(Fields& f) {
    f("scale", scale, "1", "factor of the data term", positive());
    f("l2", l2, "1", "adds l2/2 |theta|^2 over all parameters, biases too", at_least(0.0));
    f("reduction", reduction, "",
      "mean or sum of the loss over the samples; \"sum\" makes a "
      "Bayesian log posterior",
      one_of({"mean", "sum"}));
  }
  /// The factor of the mean over n samples.
  [[nodiscard]] double factor(Index n) const {
    return reduction == "sum" ? scale * static_cast<double>(n) : scale;
  }
};

}  // namespace thalweg
