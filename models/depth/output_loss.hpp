// The losses of models/networks/loss_options.hpp on a block of outputs, samples in columns, with
// the two derivatives that a network needs whose inside is a solver.
#pragma once
#include <thalweg/models/datasets/dataset.hpp>

#include <span>
#include <string>

namespace thalweg {

class OutputLoss {
 public:
  enum class Kind { mse, cross_entropy, logistic };
  /// "auto" is cross_entropy for classes and mse without.
  /// @throws ModelError when the loss does not fit the data.
  OutputLoss(const std::string& wanted, const Dataset& data);

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const char* name() const;
  [[nodiscard]] Index outputs() const { return outputs_; }
  /// Sum over the samples `rows` of the data; F and F_bar = dloss/dF have shape (outputs, n).
  double operator()(MatIn F, std::span<const Index> rows, bool held_out, MatOut F_bar) const;
  /// dF_bar = d^2 loss/dF^2 dF.
  void second(MatIn F, MatIn dF, MatOut dF_bar) const;

 private:
  const Dataset* data_;
  Kind kind_;
  Index outputs_;
};

}  // namespace thalweg
