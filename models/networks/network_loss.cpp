#include <thalweg/models/networks/network_loss.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include <thalweg/core/error.hpp>
#include <thalweg/models/datasets/fingerprint.hpp>
#include <thalweg/models/networks/input_plane.hpp>
#include <thalweg/models/networks/joint_networks.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>
#include <thalweg/models/networks/layer_symmetries.hpp>
#include <thalweg/models/networks/learning_observables.hpp>

namespace thalweg {

using mlp_kernel::Loss;
using mlp_kernel::Matrix;
using mlp_kernel::MlpEvaluator;
using mlp_kernel::MlpSamples;
using mlp_kernel::MlpShape;

namespace {

std::string choose_loss(const std::string& wanted, const Dataset& data) {
  if (wanted == "auto") return data.classification() ? "cross_entropy" : "mse";
  if (wanted != "mse" && !data.classification())
    throw ModelError(
        fmt::format("loss = \"{}\" needs classes, but data set \"{}\" has regression "
                    "targets; use \"mse\"",
                    wanted, data.name));
  if (wanted == "logistic" && data.classes.size() != 2)
    throw ModelError(
        fmt::format("loss = \"logistic\" needs two classes, but data set \"{}\" has "
                    "{}; use \"cross_entropy\"",
                    data.name, data.classes.size()));
  return wanted;
}

MlpShape shape_of(const Dataset& data, const NetworkLoss::Options& options,
                  const std::string& loss) {
  MlpShape shape;
  shape.widths.push_back(data.X.cols());
  for (const Index width : options.hidden) shape.widths.push_back(width);
  shape.widths.push_back(loss == "logistic" ? 1 : data.Y.cols());
  shape.activation = options.activation;
  shape.loss = loss == "mse"             ? Loss::mse
               : loss == "cross_entropy" ? Loss::cross_entropy
                                         : Loss::logistic;
  shape.bias = options.bias;
  shape.scale = options.factors.factor(data.size());
  return shape;
}

MlpSamples samples_of(const Samples& X, const Samples& Y, const std::vector<int>& labels) {
  return {X.rows(), X.data(), Y.data(), labels.empty() ? nullptr : labels.data()};
}

}  // namespace

class NetworkLoss::CurvatureAt final : public Curvature {
 public:
  CurvatureAt(std::shared_ptr<const NetworkLoss> owner, In q, CurvatureKind kind)
      : owner_(std::move(owner)),
        matrix_(kind == CurvatureKind::hessian            ? Matrix::hessian
                : kind == CurvatureKind::empirical_fisher ? Matrix::gradient_products
                                                          : Matrix::gauss_newton),
        l2_(kind == CurvatureKind::hessian || kind == CurvatureKind::gauss_newton ? owner_->l2_
                                                                                  : 0.0),
        at_q_(owner_->evaluator_.at(q.data())) {}
  void hvp(MatIn V, MatOut HV) override {
    at_q_.product(matrix_, V.data(), V.outerStride(), HV.data(), HV.outerStride(), V.cols());
    if (l2_ > 0.0) HV += l2_ * V;
  }

 private:
  std::shared_ptr<const NetworkLoss> owner_;
  Matrix matrix_;
  double l2_;
  MlpEvaluator::Linearisation at_q_;
};

NetworkLoss::NetworkLoss(std::shared_ptr<const Dataset> data, const Options& options)
    : data_(std::move(data)),
      loss_(choose_loss(options.loss, *data_)),
      scale_(options.factors.scale),
      l2_(options.factors.l2),
      single_(options.single),
      evaluator_(shape_of(*data_, options, loss_), samples_of(data_->X, data_->Y, data_->labels),
                 options.single ? mlp_kernel::Precision::f32 : mlp_kernel::Precision::f64) {}

std::vector<Index> NetworkLoss::widths() const {
  return {evaluator_.shape().widths.begin(), evaluator_.shape().widths.end()};
}

double NetworkLoss::value(In q) const {
  return evaluator_.value(q.data()) + 0.5 * l2_ * q.squaredNorm();
}

double NetworkLoss::penalised(double loss, In q, Out g) const {
  if (l2_ == 0.0) return loss;
  g += l2_ * q;
  return loss + 0.5 * l2_ * q.squaredNorm();
}

double NetworkLoss::value_and_gradient(In q, Out g) const {
  return penalised(evaluator_.value_and_gradient(q.data(), g.data()), q, g);
}

double NetworkLoss::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return penalised(evaluator_.value_and_gradient(q.data(), batch.data(),
                                                 static_cast<Index>(batch.size()), g.data()),
                   q, g);
}

void NetworkLoss::hvp(In q, In v, Out Hv) const {
  evaluator_.hvp(q.data(), v.data(), v.size(), Hv.data(), Hv.size(), 1);
  if (l2_ > 0.0) Hv += l2_ * v;
}

std::unique_ptr<Curvature> NetworkLoss::curvature(In q, CurvatureKind kind) const {
  return std::make_unique<CurvatureAt>(shared_from_this(), q, kind);
}

void NetworkLoss::third_block(In q, In u, MatIn V, MatOut TuV) const {
  evaluator_.third(q.data(), u.data(), V.data(), V.outerStride(), TuV.data(), TuV.outerStride(),
                   V.cols());
}

Samples NetworkLoss::outputs(In q) const {
  Samples f(data_->size(), evaluator_.shape().outputs());
  evaluator_.outputs(q.data(), f.data());
  return f;
}

void NetworkLoss::outputs(In q, Eigen::Map<Samples> f) const {
  evaluator_.outputs(q.data(), f.data());
}

void NetworkLoss::outputs(In q, const Samples& X, Eigen::Map<Samples> f) const {
  evaluator_.outputs(q.data(), X.data(), X.rows(), f.data());
}

Layout NetworkLoss::layout() const {
  Layout blocks;
  Index offset = 0;
  const auto& widths = evaluator_.shape().widths;
  for (std::size_t l = 1; l < widths.size(); ++l) {
    const std::string number = std::to_string(l);
    const auto add = [&](const char* letter, std::vector<Index> shape) {
      blocks.push_back({letter + number, offset, std::move(shape), "1", "layer" + number});
      offset += blocks.back().size();
    };
    add("W", {widths[l], widths[l - 1]});
    if (evaluator_.shape().bias) add("b", {widths[l]});
  }
  return blocks;
}

Observables NetworkLoss::observables() const {
  const auto self = shared_from_this();
  const auto test = [self] {
    return samples_of(self->data_->X_test, self->data_->Y_test, self->data_->labels_test);
  };
  // The kernel's factor holds the number of training samples when the loss is a sum.
  const double per_mean = scale_ / evaluator_.shape().scale;
  auto all = learning_observables(
      *data_,
      {.accuracy = [self](In q) { return self->evaluator_.accuracy(q.data()); },
       .test_loss = [=](In q) { return per_mean * self->evaluator_.value(q.data(), test()); },
       .test_accuracy = [=](In q) { return self->evaluator_.accuracy(q.data(), test()); }});
  if (data_->X.cols() == 2 && evaluator_.shape().widths.size() > 2)
    for (auto& o : plane_observables(
             evaluator_.shape(), data_->X,
             [self](In q, const Samples&X, Eigen::Map<Samples> f) { self->outputs(q, X, f); }))
      all.push_back(std::move(o));
  return all;
}

Symmetries NetworkLoss::symmetries() const {
  const auto& shape = evaluator_.shape();
  const auto& widths = shape.widths;
  const std::size_t layers = widths.size() - 1;
  std::vector<Index> W(layers), b(layers, -1);
  Index offset = 0;
  for (std::size_t l = 0; l < layers; ++l) {
    W[l] = offset;
    offset += widths[l] * widths[l + 1];
    if (!shape.bias) continue;
    b[l] = offset;
    offset += widths[l + 1];
  }
  Symmetries all;
  const bool homogeneous = shape.activation == mlp_kernel::Activation::relu ||
                           shape.activation == mlp_kernel::Activation::identity;
  for (std::size_t l = 0; homogeneous && l + 1 < layers; ++l)
    all.push_back(rescale_symmetry({.inputs = widths[l],
                                    .units = widths[l + 1],
                                    .outputs = widths[l + 2],
                                    .in_weights = W[l],
                                    .in_biases = b[l],
                                    .out_weights = W[l + 1],
                                    .layer = fmt::format("layer{}", l + 1)},
                                   l2_));
  if (shape.loss == Loss::cross_entropy)
    all.push_back(translation_symmetry(widths[layers], widths[layers - 1], W.back(), b.back(),
                                       fmt::format("layer{}", layers), l2_));
  if (single_)
    for (auto& s : all) s.precision = std::numeric_limits<float>::epsilon();
  return all;
}

std::optional<JointShape> NetworkLoss::joint_shape() const {
  if (single_) return std::nullopt;
  return joint_shape_of(shared_from_this());
}

Facts NetworkLoss::facts() const {
  std::string network;
  for (const Index w : evaluator_.shape().widths)
    network += (network.empty() ? "" : "-") + std::to_string(w);
  return {{"data", data_->description},
          {"network", fmt::format("{}, {} parameters", network, dim())},
          {"loss_convention",
           loss_ == "mse" ? "sum |f - y|^2 / (2n)" : "mean over samples of -log p(label)"},
          {"data_sha256", fingerprint(*data_)},
          {"precision", single_ ? "float" : "double"},
          {"instruction_set", mlp_kernel::instruction_set()}};
}

std::vector<Exhibit> NetworkLoss::exhibits(In q) const {
  if (data_->image_rows == 0 || !data_->classification() || loss_ == "logistic") return {};
  const bool held_out = data_->X_test.rows() > 0;
  const Samples& X = held_out ? data_->X_test : data_->X;
  const auto& labels = held_out ? data_->labels_test : data_->labels;
  const Index n = std::min<Index>(24, X.rows());
  Samples f(n, evaluator_.shape().outputs());
  evaluator_.outputs(q.data(), X.data(), n, f.data());

  const Axis sample{
      .name = "sample", .size = n, .long_name = held_out ? "held-out sample" : "training sample"};
  const Axis row{.name = "row", .size = data_->image_rows, .long_name = "pixel row"};
  const Axis column{.name = "column", .size = data_->image_cols, .long_name = "pixel column"};
  Exhibit image{{.name = "image",
                 .long_name = "sample as the network sees it",
                 .comment = data_->description,
                 .axes = {sample, row, column}},
                {X.data(), X.data() + n * X.cols()}};
  Exhibit label{{.name = "label",
                 .long_name = "class of the sample",
                 .axes = {sample},
                 .type = Variable::Type::integer},
                {labels.begin(), labels.begin() + n}};
  Exhibit prediction{{.name = "prediction",
                      .long_name = "class with the largest output at the final state",
                      .axes = {sample},
                      .type = Variable::Type::integer},
                     {}};
  for (Index i = 0; i < n; ++i) {
    Index largest = 0;
    f.row(i).maxCoeff(&largest);
    prediction.values.push_back(static_cast<double>(largest));
  }
  return {image, label, prediction};
}

}  // namespace thalweg
