#include <thalweg/models/networks/joint_networks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/networks/kernel/joint_evaluate.hpp>
#include <thalweg/models/networks/network_loss.hpp>
#include <utility>
#include <vector>

namespace thalweg {

using mlp_kernel::JointEvaluator;

class JointNetworks final : public JointGradients {
 public:
  JointNetworks(const mlp_kernel::MlpShape& shape, Index samples)
      : evaluator_(shape, samples),
        networks_(static_cast<std::size_t>(evaluator_.lanes())),
        calls_(networks_.size()) {}

  [[nodiscard]] Index places() const override { return evaluator_.lanes(); }

  void put(Index place, std::shared_ptr<const NetworkLoss> network) {
    const auto& data = network->data();
    evaluator_.place(place,
                     {data.X.rows(), data.X.data(), data.Y.data(),
                      data.labels.empty() ? nullptr : data.labels.data()},
                     network->shape().scale);
    networks_[static_cast<std::size_t>(place)] = std::move(network);
  }

  void evaluate(std::span<Call> calls) override {
    const auto asked = std::count_if(calls.begin(), calls.end(), [](auto& c) { return c.q; });
    const bool together = 2 * asked > places();  // a batch takes the time of about half of them
    for (std::size_t i = 0; i < calls.size(); ++i)
      calls_[i] = {together ? calls[i].q : nullptr, calls[i].g};
    if (together) evaluator_.value_and_gradient(calls_);
    for (std::size_t i = 0; i < calls.size(); ++i) {
      auto& call = calls[i];
      if (!call.q) continue;
      const auto& network = *networks_[i];
      const Eigen::Map<const Vec> q(call.q, network.dim());
      Eigen::Map<Vec> g(call.g, network.dim());
      call.value = together && std::isfinite(calls_[i].value)
                       ? network.penalised(calls_[i].value, q, g)
                       : network.value_and_gradient(q, g);
    }
  }

 private:
  JointEvaluator evaluator_;
  std::vector<std::shared_ptr<const NetworkLoss>> networks_;
  std::vector<JointEvaluator::Call> calls_;
};

std::optional<JointShape> joint_shape_of(std::shared_ptr<const NetworkLoss> network) {
  const auto widths = network->widths();
  const auto n = network->samples();
  const auto& shape = network->shape();
  if (!JointEvaluator::suits(shape, n)) return std::nullopt;
  return JointShape{
      .words = fmt::format("{} {} {}{}, {} samples", fmt::join(widths, "-"),
                           activation_name(shape.activation), network->loss(),
                           shape.bias ? "" : " without biases", n),
      .make =
          [network] {
            return std::make_unique<JointNetworks>(network->shape(), network->samples());
          },
      .put = [network](JointGradients& joint,
                       Index place) { dynamic_cast<JointNetworks&>(joint).put(place, network); }};
}

}  // namespace thalweg
