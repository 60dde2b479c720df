// Loss of a fully connected network over a data set, on the kernel of models/networks/kernel:
//
//   L(theta) = factor mean_samples(loss(f(x; theta), y)) + l2/2 |theta|^2
//
// What `mlp` and `logistic_regression` (a network without hidden layers) share.
#pragma once
#include <thalweg/core/potential.hpp>
#include <thalweg/models/datasets/dataset.hpp>
#include <thalweg/models/networks/kernel/mlp_evaluate.hpp>
#include <thalweg/models/networks/loss_options.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace thalweg {

class NetworkLoss : public std::enable_shared_from_this<NetworkLoss> {
 public:
  struct Options {
    std::vector<Index> hidden{};
    mlp_kernel::Activation activation = mlp_kernel::Activation::tanh;
    std::string loss = "auto";  ///< cross_entropy for classes, mse for regression
    bool bias = true, single = false;
    LossOptions factors{};
  };
  /// @throws ModelError when the loss does not fit the data.
  NetworkLoss(std::shared_ptr<const Dataset> data, const Options& options);

  [[nodiscard]] Index dim() const { return evaluator_.shape().n_parameters(); }
  [[nodiscard]] Index samples() const { return data_->size(); }
  [[nodiscard]] const Dataset& data() const { return *data_; }
  [[nodiscard]] std::vector<Index> widths() const;
  [[nodiscard]] const mlp_kernel::MlpShape& shape() const { return evaluator_.shape(); }
  /// The loss in use: "mse", "cross_entropy" or "logistic".
  [[nodiscard]] const std::string& loss() const { return loss_; }

  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const;
  void hvp(In q, In v, Out Hv) const;
  [[nodiscard]] std::unique_ptr<Curvature> at(In q) const {
    return curvature(q, CurvatureKind::hessian);
  }
  /// Holds on to this object.
  [[nodiscard]] std::unique_ptr<Curvature> curvature(In q, CurvatureKind kind) const;
  void third(In q, In u, In v, Out Tuv) const { third_block(q, u, v, Tuv); }
  void third_block(In q, In u, MatIn V, MatOut TuV) const;
  /// f of all training samples, shape (n, C).
  [[nodiscard]] Samples outputs(In q) const;
  /// The same written to f, or for other inputs X, shape (m, d).
  void outputs(In q, Eigen::Map<Samples> f) const;
  void outputs(In q, Samples& f) const { outputs(q, {f.data(), f.rows(), f.cols()}); }
  void outputs(In q, const Samples& X, Eigen::Map<Samples> f) const;

  [[nodiscard]] Layout layout() const;
  [[nodiscard]] Observables observables() const;
  /// Rescaling of the units of relu and linear layers, translation of the last layer under softmax.
  [[nodiscard]] Symmetries symmetries() const;
  /// Of small networks in double precision.
  [[nodiscard]] std::optional<JointShape> joint_shape() const;
  /// The data and the conventions of the loss.
  [[nodiscard]] Facts facts() const;
  /// A few images with their labels and the network's predictions, when the inputs are images:
  /// held-out ones when there are any.
  [[nodiscard]] std::vector<Exhibit> exhibits(In q) const;

 private:
  class CurvatureAt;
  friend class JointNetworks;
  /// The penalty added to a loss and its gradient.
  double penalised(double loss, In q, Out g) const;

  std::shared_ptr<const Dataset> data_;
  std::string loss_;
  double scale_, l2_;
  bool single_;
  mlp_kernel::MlpEvaluator evaluator_;
};

}  // namespace thalweg
