#include <thalweg/models/waves/hyperbolic_network.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/models/datasets/fingerprint.hpp>
#include <thalweg/models/networks/activation.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>
#include <thalweg/models/networks/learning_observables.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {

constexpr Index columns = ResidualPass::block;

double steepest(mlp_kernel::Activation activation) {
  using enum mlp_kernel::Activation;
  switch (activation) {
    case identity:
    case tanh:
    case relu:
    case softplus:
      return 1.0;
    case gelu:
      return 1.1289041454;  // at sqrt(2)
    case erf:
      return 2.0 * std::numbers::inv_sqrtpi;
    case sigmoid:
      return 0.25;
  }
  return 1.0;
}

ResidualPass& own_pass() {
  thread_local ResidualPass pass;
  return pass;
}

}  // namespace

// Samples as columns, padded with columns of weight zero.
struct HyperbolicNetwork::Block {
  Mat x, y;
  Vec weight;
};

Doc HyperbolicNetwork::doc() {
  return {.summary = "reversible residual net, a nonlinear wave in depth, on a data set",
          .equation =
              "hyperbolic: x_{t+1} = 2 x_t - x_{t-1} - h^2 K_t' phi(K_t x_t + b_t), x_{-1} = x_0;\n"
              "parabolic: x_{t+1} = x_t - h K_t' phi(K_t x_t + b_t); f = W x_T + c;\n"
              "L = scale mean_s loss(f(x_s), y_s) + l2/2 |theta|^2",
          .source =
              "Ruthotto and Haber, Deep neural networks motivated by partial differential "
              "equations, J. Math. Imaging Vis. 62 (2020) 352",
          .notes =
              "inputs fill the first of `width` channels, the others start at 0. The hyperbolic "
              "gradient runs the net backwards and holds two layers however deep it is; the "
              "parabolic one holds all. Stable while h^2 |K_t|^2 max phi' <= 4 (parabolic: "
              "h |K_t|^2 max phi' <= 2): the start must satisfy it, record \"stability\" to see "
              "whether training keeps it below 1"};
}

void HyperbolicOptions::fields(Fields& f) {
  f("kind", kind, "", "hyperbolic: waves; parabolic: heat flow",
    one_of({"hyperbolic", "parabolic"}));
  f("layers", layers, "1", "depth T", at_least(1));
  f("width", width, "1", "channels of a layer, at least the inputs", at_least(1));
  f("units", units, "1", "rows of K_t; 0: as many as channels", at_least(0));
  f("step", step, "1", "h", positive());
  f("activation", activation, "", "phi", one_of(activation_names()));
  f("loss", loss, "", "loss of a sample; auto: cross_entropy for classes, else mse",
    one_of({"auto", "mse", "cross_entropy"}));
  f("gain", gain, "1", "the start has K_t normal of variance gain^2 / width", at_least(0.0));
  f("unstable", unstable, "1", "allow a start beyond the limit of stability");
  factors.fields(f);
  data.fields(f);
}

void HyperbolicNetwork::prepare() {
  const Dataset& d = *data.data;
  if (width < d.X.cols())
    throw ModelError(fmt::format("width = {} must be >= {}, the inputs of data set \"{}\"", width,
                                 d.X.cols(), d.name));
  if (loss == "cross_entropy" && !d.classification())
    throw ModelError(fmt::format(
        "loss = \"cross_entropy\" needs classes, but data set \"{}\" has regression targets; use "
        "\"mse\"",
        d.name));
  shape_ = {.layers = layers,
            .width = width,
            .units = units > 0 ? units : width,
            .outputs = d.Y.cols(),
            .step = step,
            .hyperbolic = kind == "hyperbolic",
            .activation = activation_of(activation),
            .classes = loss == "cross_entropy" || (loss == "auto" && d.classification())};
}

void HyperbolicNetwork::load(Index first, Index count, const Index* batch, double factor,
                             Block& block) const {
  const Dataset& d = *data.data;
  block.x.setZero(width, columns);
  block.y.setZero(shape_.outputs, columns);
  block.weight.setZero(columns);
  for (Index j = 0; j < count; ++j) {
    const Index i = batch ? batch[first + j] : first + j;
    block.x.col(j).head(d.X.cols()) = d.X.row(i);
    block.y.col(j) = d.Y.row(i);
    block.weight[j] = factor;
  }
}

// The loss over n samples with its gradient (v null) or with the Hessian times v; `result` null:
// the loss alone. Blocks do not depend on the threads and are added in their order.
double HyperbolicNetwork::evaluate(In q, Index n, const Index* batch, const double* v,
                                   double* result) const {
  const double factor = factors.factor(samples()) / static_cast<double>(n);
  const Index blocks = (n + columns - 1) / columns;
  thread_local Mat own_parts;
  thread_local Vec own_losses;
  Mat& parts = own_parts;
  Vec& losses = own_losses;
  parts.resize(result ? dim() : 0, blocks);
  losses.resize(blocks);
  parallel_for(blocks, [&](Index k, int) {
    thread_local Block block;
    ResidualPass& pass = own_pass();
    load(k * columns, std::min(columns, n - k * columns), batch, factor, block);
    pass.forward(shape_, q.data(), block.x);
    losses[k] = pass.loss(shape_, block.y, block.weight);
    if (!result) return;
    if (v)
      pass.hessian_product(shape_, q.data(), block.x, block.weight, v, parts.col(k).data());
    else
      pass.backward(shape_, q.data(), parts.col(k).data());
  });
  double sum = 0.0;
  for (Index k = 0; k < blocks; ++k) sum += losses[k];
  const double l2 = factors.l2;
  if (result) {
    Eigen::Map<Vec> total(result, dim());
    total = l2 * (v ? Eigen::Map<const Vec>(v, dim()) : Eigen::Map<const Vec>(q.data(), dim()));
    for (Index k = 0; k < blocks; ++k) total += parts.col(k);
  }
  return l2 > 0.0 ? sum + 0.5 * l2 * q.squaredNorm() : sum;
}

double HyperbolicNetwork::value(In q) const {
  return evaluate(q, samples(), nullptr, nullptr, nullptr);
}
double HyperbolicNetwork::value_and_gradient(In q, Out g) const {
  return evaluate(q, samples(), nullptr, nullptr, g.data());
}
double HyperbolicNetwork::value_and_gradient(In q, std::span<const Index> batch, Out g) const {
  return evaluate(q, static_cast<Index>(batch.size()), batch.data(), nullptr, g.data());
}
void HyperbolicNetwork::hvp(In q, In v, Out Hv) const {
  evaluate(q, samples(), nullptr, v.data(), Hv.data());
}

Layout HyperbolicNetwork::layout() const {
  Layout blocks;
  Index offset = 0;
  const auto add = [&](std::string name, std::vector<Index> shape, std::string group) {
    blocks.push_back({std::move(name), offset, std::move(shape), "1", std::move(group)});
    offset += blocks.back().size();
  };
  for (Index t = 1; t <= layers; ++t) {
    const std::string number = std::to_string(t), group = "layer" + number;
    add("K" + number, {shape_.units, width}, group);
    add("b" + number, {shape_.units}, group);
  }
  add("W", {shape_.outputs, width}, "readout");
  add("c", {shape_.outputs}, "readout");
  return blocks;
}

Vec HyperbolicNetwork::initial_state(Rng& rng) const {
  Vec q = Vec::Zero(dim());
  const double root = std::sqrt(static_cast<double>(width));
  for (Index t = 0; t < layers; ++t) {
    auto K = q.segment(t * shape_.layer_size(), shape_.units * width);
    rng.fill_normal(K);
    K *= gain / root;
  }
  auto W = q.segment(layers * shape_.layer_size(), shape_.outputs * width);
  rng.fill_normal(W);
  W /= root;
  if (const double found = stability(q); found > 1.0 && !unstable)
    throw ModelError(fmt::format(
        "the start is not stable: {} = {:.4g} must be <= {}; lower step or gain, or set "
        "unstable = true",
        shape_.hyperbolic ? "h^2 |K|^2 max(phi')" : "h |K|^2 max(phi')",
        found * (shape_.hyperbolic ? 4.0 : 2.0), shape_.hyperbolic ? 4 : 2));
  return q;
}

double HyperbolicNetwork::stability(In q) const {
  double most = 0.0;
  for (Index t = 0; t < layers; ++t) {
    const Mat K =
        Eigen::Map<const Samples>(q.data() + t * shape_.layer_size(), shape_.units, width);
    if (!K.allFinite()) return std::numeric_limits<double>::quiet_NaN();
    const double norm = singular_values(K)[0];
    most = std::max(most, norm * norm);
  }
  return most * steepest(shape_.activation) * shape_.factor() / (shape_.hyperbolic ? 4.0 : 2.0);
}

double HyperbolicNetwork::reversal_error(In q) const {
  if (!shape_.hyperbolic) return 0.0;
  ResidualPass pass;
  Block block;
  Vec g(dim());
  Mat found;
  double most = 0.0;
  for (Index first = 0; first < samples(); first += columns) {
    load(first, std::min(columns, samples() - first), nullptr, 1.0, block);
    pass.forward(shape_, q.data(), block.x);
    pass.loss(shape_, block.y, block.weight);
    pass.backward(shape_, q.data(), g.data(), nullptr, &found);
    most = std::max(most, (found - block.x).cwiseAbs().maxCoeff());
  }
  return most;
}

Vec HyperbolicNetwork::gradient_by_layer(In q) const {
  ResidualPass pass;
  Block block;
  Vec g(dim()), sums = Vec::Zero(layers + 1);
  std::vector<double> sizes;
  const double factor = factors.factor(samples()) / static_cast<double>(samples());
  for (Index first = 0; first < samples(); first += columns) {
    load(first, std::min(columns, samples() - first), nullptr, factor, block);
    pass.forward(shape_, q.data(), block.x);
    pass.loss(shape_, block.y, block.weight);
    pass.backward(shape_, q.data(), g.data(), &sizes);
    sums += Eigen::Map<const Vec>(sizes.data(), layers + 1);
  }
  return sums.cwiseSqrt();
}

Samples HyperbolicNetwork::outputs(In q, const Samples& X) const {
  Samples F(X.rows(), shape_.outputs);
  ResidualPass pass;
  Mat x;
  for (Index first = 0; first < X.rows(); first += columns) {
    const Index count = std::min(columns, X.rows() - first);
    x.setZero(width, columns);
    x.topLeftCorner(X.cols(), count) = X.middleRows(first, count).transpose();
    pass.forward(shape_, q.data(), x);
    F.middleRows(first, count) = pass.outputs().leftCols(count).transpose();
  }
  return F;
}

Observables HyperbolicNetwork::observables() const {
  const HyperbolicNetwork self = *this;
  const auto test_loss = [self](In q) {
    const Dataset& d = *self.data.data;
    const Samples F = self.outputs(q, d.X_test);
    double sum = 0.0;
    for (Index i = 0; i < F.rows(); ++i) {
      if (self.shape_.classes) {
        const double most = F.row(i).maxCoeff();
        sum +=
            std::log((F.row(i).array() - most).exp().sum()) + most - F.row(i).dot(d.Y_test.row(i));
      } else {
        sum += 0.5 * (F.row(i) - d.Y_test.row(i)).squaredNorm();
      }
    }
    return self.factors.scale * sum / static_cast<double>(F.rows());
  };
  Observables all = learning_observables(
      *data.data, {.accuracy =
                       [self](In q) {
                         const Dataset& d = *self.data.data;
                         return share_correct(self.outputs(q, d.X), d.labels);
                       },
                   .test_loss = test_loss,
                   .test_accuracy =
                       [self](In q) {
                         const Dataset& d = *self.data.data;
                         return share_correct(self.outputs(q, d.X_test), d.labels_test);
                       }});
  const auto add = [&](Variable v, std::function<void(In, double, Out)> compute) {
    all.push_back({std::move(v), std::move(compute)});
  };
  add({.name = "stability",
       .long_name = shape_.hyperbolic ? "stability, h^2 |K|^2 max(phi') / 4"
                                      : "stability, h |K|^2 max(phi') / 2",
       .comment =
           "the largest of all layers; above 1 the net may amplify its layers without bound"},
      [self](In q, double, Out out) { out[0] = self.stability(q); });
  if (shape_.hyperbolic)
    add({.name = "reversal_error",
         .long_name = "largest error of the reversed input",
         .comment =
             "max |x_0 - reversed x_0| over the samples: what the gradient by reversal rests "
             "on"},
        [self](In q, double, Out out) { out[0] = self.reversal_error(q); });
  Variable by_layer{.name = "gradient_by_layer",
                    .long_name = "gradient of a layer, |dL/dx_t|",
                    .comment =
                        "sqrt(sum over the samples |dL/dx_t|^2), x_{t-1} held fixed but for "
                        "t = 0, where x_{-1} = x_0 moves with it"};
  by_layer.axes = {Axis{.name = "depth", .size = layers + 1, .long_name = "layer t"}};
  for (Index t = 0; t <= layers; ++t) by_layer.axes[0].values.push_back(static_cast<double>(t));
  add(by_layer, [self](In q, double, Out out) { out = self.gradient_by_layer(q); });
  return all;
}

Facts HyperbolicNetwork::facts() const {
  return {
      {"data", data.data->description},
      {"network", fmt::format("{}, {} layers of {} channels and {} units, h = {:g}, {} parameters",
                              kind, layers, width, shape_.units, step, dim())},
      {"loss_convention",
       shape_.classes ? "mean over samples of -log p(label)" : "sum |f - y|^2 / (2n)"},
      {"data_sha256", fingerprint(*data.data)},
      {"precision", "double"},
      {"instruction_set", mlp_kernel::instruction_set()}};
}

}  // namespace thalweg
