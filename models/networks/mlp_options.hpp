// What a user may say of a multilayer perceptron, in whatever coordinates its weights are.
#pragma once
#include <thalweg/models/datasets/data_part.hpp>
#include <thalweg/models/networks/initialisation.hpp>
#include <thalweg/models/networks/loss_options.hpp>

#include <memory>
#include <string>
#include <vector>

namespace thalweg {

class NetworkLoss;

struct MlpOptions {
  std::vector<Index> hidden{32, 32};
  std::string activation = "tanh", loss = "auto", precision = "double";
  bool bias = true;
  LossOptions factors{};
  Initialisation init{};
  DataPart data{.name = "digits"};

  void fields(Fields& f);

 protected:
  /// The network on the data, with `given` in place of factors.
  /// @throws ModelError when the loss or a list does not fit the data and the layers.
  [[nodiscard]] std::shared_ptr<const NetworkLoss> network_with(const LossOptions& given) const;
};

}  // namespace thalweg
