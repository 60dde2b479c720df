#include <thalweg/models/propagation/signal_history.hpp>

#include <fmt/format.h>

#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/parallel.hpp>
#include <thalweg/numerics/dense.hpp>

namespace thalweg {

namespace {
constexpr double most_bytes = 8e9;
}  // namespace

const Vec& SignalHistory::signal(Index layer) const {
  std::call_once(forward_, [this] { run_forward(); });
  return signals_[static_cast<std::size_t>(layer)];
}

bool SignalHistory::knows(In x, Index layer) const {
  return static_cast<std::size_t>(layer) < signals_.size() &&
         signals_[static_cast<std::size_t>(layer)] == x;
}

const Mat& SignalHistory::log_gradient(Index layer) const {
  std::call_once(backward_, [this] { run_backward(); });
  return log_gradients_[static_cast<std::size_t>(layer)];
}

void SignalHistory::run_forward() const {
  const double bytes = 8.0 * static_cast<double>(layers_.dim()) * static_cast<double>(depth_ + 1);
  if (bytes > most_bytes)
    throw ModelError(fmt::format(
        "gradients, Jacobians and chi^2 keep the signals of all layers, here {:.3g} GB of at most "
        "{:g}; lower depth, width, nets or inputs",
        1e-9 * bytes, 1e-9 * most_bytes));
  std::vector<Vec> signals{start()};
  for (Index l = 0; l < depth_; ++l) {
    Vec next(layers_.dim());
    layers_.forward(signals.back(), next, l);
    if (!next.allFinite())
      throw SolveError(fmt::format(
          "the signals of the random networks overflow in layer {}; lower sigma_w or the depth",
          l + 1));
    signals.push_back(std::move(next));
  }
  signals_ = std::move(signals);
}

void SignalHistory::run_backward() const {
  const Index N = layers_.width(), R = layers_.n_regimes();
  for (Index l = 0; l <= depth_; ++l) (void)signal(l);
  std::vector<Mat> logs(static_cast<std::size_t>(depth_ + 1), Mat::Zero(layers_.nets, R));
  parallel_for(layers_.nets, [&](std::ptrdiff_t net, int) {
    Vec covector(N);
    layers_.weights.covector(net, covector);
    // Directions alone; the sizes are kept as logarithms, which neither vanish nor explode.
    Mat delta = covector.normalized().replicate(1, R), back(N, R);
    for (Index l = depth_ - 1; l >= 0; --l) {
      layers_.weights.apply_transposed(net, l + 1, delta, back);
      const Vec& h = signals_[static_cast<std::size_t>(l)];
      for (Index r = 0; r < R; ++r) {
        const auto mine = layers_.input(h, net, r, 0);
        for (Index i = 0; i < N; ++i) back(i, r) *= layers_.phi.first(mine[i]);
        const double size = back.col(r).norm();
        auto* log = &logs[static_cast<std::size_t>(l)];
        (*log)(net, r) =
            logs[static_cast<std::size_t>(l + 1)](net, r) +
            2.0 * std::log(layers_.regimes[static_cast<std::size_t>(r)].sigma_w * size);
        delta.col(r) = size > 0.0 ? Vec(back.col(r) / size) : Vec::Zero(N);
      }
    }
  });
  log_gradients_ = std::move(logs);
}

void JacobianProduct::multiply(Index i, Index layer, const Mat& M, Mat& out) const {
  const auto& layers = history_->layers();
  const Index net = i % nets_, regime = i / nets_;
  const Vec slope =
      layers.input(history_->signal(layer - 1), net, regime, 0).unaryExpr([&](double z) {
        return layers.phi.first(z);
      }) *
      layers.regimes[static_cast<std::size_t>(regime)].sigma_w;
  layers.weights.apply(net, layer, slope.asDiagonal() * M, out);
}

void JacobianProduct::move_to(Index layer) {
  const auto& layers = history_->layers();
  const Index N = layers.width(), count = nets_ * layers.n_regimes();
  if (const double bytes = 8.0 * static_cast<double>(N * N) * static_cast<double>(count);
      bytes > most_bytes)
    throw ModelError(fmt::format(
        "the Jacobians take {:.3g} GB, at most {:g} are allowed; lower width or jacobian_nets",
        1e-9 * bytes, 1e-9 * most_bytes));
  if (layer_ < 0 || layer < layer_) {
    J_.assign(static_cast<std::size_t>(count), Mat::Identity(N, N));
    log_scale_ = Vec::Zero(count);
    layer_ = 0;
  }
  (void)history_->signal(layer);
  for (; layer_ < layer; ++layer_)
    parallel_for(count, [&](std::ptrdiff_t i, int) {
      Mat next(N, N);
      auto& J = J_[static_cast<std::size_t>(i)];
      multiply(i, layer_ + 1, J, next);
      const double size = next.norm() / std::sqrt(static_cast<double>(N));
      log_scale_[i] += std::log(size);
      J = size > 0.0 ? Mat(next / size) : Mat::Zero(N, N);
    });
}

Mat JacobianProduct::product(Index i, Index layer) {
  move_to(layer);
  return std::exp(log_scale_[i]) * J_[static_cast<std::size_t>(i)];
}

Mat JacobianProduct::layer_jacobian(Index i, Index layer) const {
  const Index N = history_->layers().width();
  Mat J = Mat::Identity(N, N);
  if (layer > 0) multiply(i, layer, Mat::Identity(N, N), J);
  return J;
}

const Mat& JacobianProduct::singular_values(Index layer) {
  if (singular_layer_ == layer) return singular_;
  move_to(layer);
  const Index count = nets_ * history_->layers().n_regimes();
  singular_.resize(history_->layers().width(), count);
  parallel_for(count, [&](std::ptrdiff_t i, int) {
    singular_.col(i) =
        std::exp(log_scale_[i]) * thalweg::singular_values(J_[static_cast<std::size_t>(i)]);
  });
  singular_layer_ = layer;
  return singular_;
}

const Mat& JacobianProduct::layer_singular_values(Index layer) {
  if (alone_layer_ == layer) return alone_;
  const Index N = history_->layers().width(), count = nets_ * history_->layers().n_regimes();
  (void)history_->signal(layer);
  alone_.resize(N, count);
  parallel_for(count, [&](std::ptrdiff_t i, int) {
    alone_.col(i) = thalweg::singular_values(layer_jacobian(i, layer));
  });
  alone_layer_ = layer;
  return alone_;
}

}  // namespace thalweg
