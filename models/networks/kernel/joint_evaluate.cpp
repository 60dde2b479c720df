#include "joint_evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace thalweg::mlp_kernel {

namespace {

constexpr Index most_lanes = 8;

AlignedArray<double> zeros(Index n) {
  AlignedArray<double> all(n);
  std::fill_n(all.data(), n, 0.0);
  return all;
}

}  // namespace

bool JointEvaluator::fits(Index n, const Kernels& kernels) {
  const Index tile = kernels.f64.tile;
  const Index tiles_per_block =
      std::max<Index>(1, block_bytes / (tile * static_cast<Index>(sizeof(double))));
  return Plan(n, tile, tiles_per_block).blocks == 1;
}

bool JointEvaluator::suits(const MlpShape& shape, Index n, const Kernels& kernels) {
  // Measured (tests/bench/bench_joint): more samples fill the vectors of one network well enough,
  // unless it is so small that the sums over its lanes count; larger arrays leave the cache.
  constexpr Index narrow = 8, most_bytes = Index{512} << 10;
  Index widest = 0, features = 0;
  for (const Index w : shape.widths) {
    widest = std::max(widest, w);
    features += w;
  }
  const Index most = widest <= narrow ? kernels.f64.tile : kernels.f64.tile / 2;
  const Index numbers = 2 * shape.n_parameters() + (2 * features + widest) * n;
  return n <= most && fits(n, kernels) &&
         numbers * kernels.joint.lanes * static_cast<Index>(sizeof(double)) <= most_bytes;
}

JointEvaluator::JointEvaluator(MlpShape shape, Index n, const Kernels& kernels)
    : shape_(std::move(shape)),
      n_(n),
      n_parameters_(shape_.n_parameters()),
      tiles_((n + kernels.joint.tile - 1) / kernels.joint.tile),
      functions_(kernels.joint) {
  const Index L = functions_.lanes, tile = functions_.tile * L;
  for (const Index width : shape_.widths) strides_.push_back(tile_stride<double>(width, tile));
  x_stride_ = strides_.front();
  y_width_ = PackedSamples<double>::y_width(shape_);
  y_stride_ = y_width_ * tile;
  x_ = zeros(tiles_ * x_stride_);
  y_ = zeros(tiles_ * y_stride_);
  weight_ = zeros(tiles_ * tile);
  theta_ = zeros(n_parameters_ * L);
  g_ = zeros(n_parameters_ * L);
  sums_ = zeros(tiles_ * tile);
  values_ = zeros(L);
  unused_ = zeros(n_parameters_);
  work_.reserve(strides_, tiles_, 0, Needs::gradient);
}

void JointEvaluator::place(Index lane, const MlpSamples& samples, double scale) {
  const Index L = functions_.lanes, tile = functions_.tile;
  const auto put = [&](double* array, Index stride, Index width, const auto* rows) {
    for (Index s = 0; s < tiles_ * tile; ++s)
      for (Index i = 0; i < width; ++i)
        array[s / tile * stride + (i * tile + s % tile) * L + lane] =
            static_cast<double>(rows[std::min(s, n_ - 1) * width + i]);
  };
  put(x_.data(), x_stride_, shape_.inputs(), samples.x);
  if (shape_.loss == Loss::mse)
    put(y_.data(), y_stride_, y_width_, samples.targets);
  else
    put(y_.data(), y_stride_, y_width_, samples.labels);
  for (Index s = 0; s < tiles_ * tile; ++s)
    weight_.data()[s * L + lane] = s < n_ ? scale / static_cast<double>(n_) : 0.0;
}

void JointEvaluator::value_and_gradient(std::span<Call> calls) {
  const Index L = functions_.lanes;
  const auto first =
      std::find_if(calls.begin(), calls.end(), [](const Call& c) { return c.theta != nullptr; });
  if (first == calls.end()) return;
  const double* from[most_lanes];  // lanes that are not in use do what another does
  for (Index l = 0; l < L; ++l) {
    const auto& call = calls[static_cast<std::size_t>(l)];
    from[l] = call.theta ? call.theta : first->theta;
  }
  double* const theta = theta_.data();
  for (Index p = 0; p < n_parameters_; ++p)
    for (Index l = 0; l < L; ++l) theta[p * L + l] = from[l][p];

  const Net<double> net = {static_cast<Index>(shape_.widths.size()) - 1,
                           shape_.widths.data(),
                           strides_.data(),
                           shape_.activation,
                           shape_.loss,
                           shape_.bias,
                           theta};
  const Block<double> block = {tiles_, x_.data(), y_.data(), weight_.data()};
  const double* const g = g_.data();
  functions_.value_and_gradient(net, block, n_, work_.gradient_arrays(), sums_.data(),
                                values_.data(), g_.data());

  double* const check = values_.data();  // NaN where a number is not finite
  for (Index p = 0; p < n_parameters_; ++p)
    for (Index l = 0; l < L; ++l) check[l] += g[p * L + l] * 0.0;
  double* to[most_lanes];
  for (Index l = 0; l < L; ++l) {
    auto& call = calls[static_cast<std::size_t>(l)];
    const bool finite = std::isfinite(check[l]);
    call.value = finite ? check[l] : std::numeric_limits<double>::quiet_NaN();
    to[l] = call.theta && finite ? call.g : unused_.data();
  }
  for (Index p = 0; p < n_parameters_; ++p)
    for (Index l = 0; l < L; ++l) to[l][p] = g[p * L + l];
}

}  // namespace thalweg::mlp_kernel
