#include <thalweg/models/networks/mlp_options.hpp>

#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/networks/network_loss.hpp>

namespace thalweg {

void MlpOptions::fields(Fields& f) {
  f("hidden", hidden, "1", "widths of the hidden layers, [] for none", at_least(1));
  f("activation", activation, "", "activation of the hidden layers", one_of(activation_names()));
  f("loss", loss, "", "loss of a sample", one_of({"auto", "mse", "cross_entropy", "logistic"}));
  f("bias", bias, "1", "whether the layers have biases");
  f("precision", precision, "", "arithmetic of the network", one_of({"double", "float"}));
  factors.fields(f);
  f("init", init, "", "random start");
  data.fields(f);
}

std::shared_ptr<const NetworkLoss> MlpOptions::network_with(const LossOptions& given) const {
  auto network = std::make_shared<const NetworkLoss>(
      data.data, NetworkLoss::Options{.hidden = hidden,
                                      .activation = activation_of(activation),
                                      .loss = loss,
                                      .bias = bias,
                                      .single = precision == "float",
                                      .factors = given});
  init.check(network->widths().size() - 1);
  return network;
}

}  // namespace thalweg
