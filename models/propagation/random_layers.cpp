#include <thalweg/models/propagation/random_layers.hpp>

#include <cmath>
#include <string>
#include <thalweg/core/parallel.hpp>

namespace thalweg {

Vec RandomLayers::start(double q0, double c0) const {
  Vec x(dim());
  const Index N = width();
  const double size = std::sqrt(q0 * static_cast<double>(N));
  Mat E(N, inputs + 1);  // orthonormal: what the inputs share, and what is each one's own
  for (Index net = 0; net < nets; ++net) {
    Rng rng(seed, "random_network.inputs " + std::to_string(net));
    for (Index j = 0; j < E.cols(); ++j) {
      rng.fill_normal(E.col(j));
      for (int twice = 0; twice < 2; ++twice)
        for (Index i = 0; i < j; ++i) E.col(j) -= E.col(i).dot(E.col(j)) * E.col(i);
      E.col(j).normalize();
    }
    for (Index r = 0; r < n_regimes(); ++r)
      for (Index i = 0; i < inputs; ++i)
        x.segment(((net * n_regimes() + r) * inputs + i) * N, N) =
            size * (std::sqrt(c0) * E.col(0) + std::sqrt(1.0 - c0) * E.col(i + 1));
  }
  return x;
}

void RandomLayers::forward(In x, Out next, Index n) const {
  const Index N = width(), columns = n_regimes() * inputs;
  parallel_for(nets, [&](std::ptrdiff_t net, int) {
    const Index offset = net * columns * N;
    const Mat a = Eigen::Map<const Mat>(x.data() + offset, N, columns).unaryExpr([&](double z) {
      return phi.value(z);
    });
    Eigen::Map<Mat> h(next.data() + offset, N, columns);
    weights.apply(net, n + 1, a, h);
    Vec b(N);
    weights.biases(net, n + 1, b);
    for (Index r = 0; r < n_regimes(); ++r) {
      const auto& regime = regimes[static_cast<std::size_t>(r)];
      auto mine = h.middleCols(r * inputs, inputs);
      mine *= regime.sigma_w;
      mine.colwise() += regime.sigma_b * b;
    }
  });
}

void RandomLayers::tangent(In x, MatIn V, MatOut DFV, Index n) const {
  const Index N = width(), columns = n_regimes() * inputs, k = V.cols();
  parallel_for(nets, [&](std::ptrdiff_t net, int) {
    Mat before(N, columns * k), after(N, columns * k);
    for (Index c = 0; c < columns; ++c) {
      const Index offset = (net * columns + c) * N;
      const Vec slope = x.segment(offset, N).unaryExpr([&](double z) { return phi.first(z); }) *
                        regimes[static_cast<std::size_t>(c / inputs)].sigma_w;
      before.middleCols(c * k, k) = slope.asDiagonal() * V.middleRows(offset, N);
    }
    weights.apply(net, n + 1, before, after);
    for (Index c = 0; c < columns; ++c)
      DFV.middleRows((net * columns + c) * N, N) = after.middleCols(c * k, k);
  });
}

}  // namespace thalweg
