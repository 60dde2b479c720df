#include <thalweg/models/propagation/layer_weights.hpp>

#include <cmath>

namespace thalweg {

namespace {

std::array<std::uint64_t, 3> address(Index column, Index layer, Index net) {
  return {static_cast<std::uint64_t>(column), static_cast<std::uint64_t>(layer),
          static_cast<std::uint64_t>(net)};
}

// Draws W in panels of columns that stay in the cache: f(first, panel) with the panel's W.
template <class F>
void for_panels(const NormalColumns& columns, Index net, Index layer, Index width, F f) {
  constexpr Index most = 32;
  const double scale = 1.0 / std::sqrt(static_cast<double>(width));
  Mat panel(width, std::min(most, width));
  for (Index first = 0; first < width; first += most) {
    auto W = panel.leftCols(std::min(most, width - first));
    for (Index j = 0; j < W.cols(); ++j) columns.fill(address(first + j, layer, net), W.col(j));
    W *= scale;
    f(first, W);
  }
}

// The k-th reflection acts on the last N - k entries: x -> -s (x - 2 u u'x), s = sign v_1,
// u = v + s |v| e_1 normalised; it turns e_1 into v / |v|, uniform on the sphere.
struct Reflection {
  Vec u;
  double sign = 1.0;

  void draw(const NormalColumns& columns, Index k, Index layer, Index net, Index width) {
    auto v = u.head(width - k);
    columns.fill(address(k, layer, net), v);
    sign = v[0] < 0.0 ? -1.0 : 1.0;
    v[0] += sign * v.norm();
    v.normalize();
  }
  void operator()(Index k, MatOut A) const {
    const Index size = A.rows() - k;
    const auto v = u.head(size);
    for (Index j = 0; j < A.cols(); ++j) {
      auto x = A.col(j).tail(size);
      const double along = 2.0 * v.dot(x);
      x = -sign * (x - along * v);
    }
  }
};

}  // namespace

LayerWeights::LayerWeights(Kind kind, Index width, std::uint64_t seed)
    : kind_(kind),
      width_(width),
      columns_(seed, "random_network.weights"),
      biases_(seed, "random_network.biases"),
      covectors_(seed, "random_network.covectors") {}

void LayerWeights::apply(Index net, Index layer, MatIn A, MatOut WA) const {
  if (kind_ == Kind::gaussian) {
    WA.setZero();
    for_panels(columns_, net, layer, width_, [&](Index first, const auto& W) {
      WA.noalias() += W * A.middleRows(first, W.cols());
    });
    return;
  }
  WA = A;
  Reflection reflection{Vec(width_)};
  for (Index k = width_ - 1; k >= 0; --k) {
    reflection.draw(columns_, k, layer, net, width_);
    reflection(k, WA);
  }
}

void LayerWeights::apply_transposed(Index net, Index layer, MatIn A, MatOut WtA) const {
  if (kind_ == Kind::gaussian) {
    for_panels(columns_, net, layer, width_, [&](Index first, const auto& W) {
      WtA.middleRows(first, W.cols()).noalias() = W.transpose() * A;
    });
    return;
  }
  WtA = A;
  Reflection reflection{Vec(width_)};
  for (Index k = 0; k < width_; ++k) {
    reflection.draw(columns_, k, layer, net, width_);
    reflection(k, WtA);
  }
}

void LayerWeights::biases(Index net, Index layer, Out b) const {
  biases_.fill(address(0, layer, net), b);
}

void LayerWeights::covector(Index net, Out v) const { covectors_.fill(address(0, 0, net), v); }

}  // namespace thalweg
