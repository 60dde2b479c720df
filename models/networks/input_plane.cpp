#include <thalweg/models/networks/input_plane.hpp>

#include <cmath>
#include <thalweg/models/networks/activation_block.hpp>

namespace thalweg {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr Index pixels = 64;
constexpr double margin = 0.2;

struct Plane {
  Axis across, up;
  Samples points;  // one per row, `across` the faster
};

Plane plane_around(const Samples& data) {
  const auto axis = [&](const char* name, const char* long_name, Index k) {
    const double low = data.col(k).minCoeff(), range = data.col(k).maxCoeff() - low;
    Axis a{.name = name, .size = pixels, .long_name = long_name};
    for (Index i = 0; i < pixels; ++i)
      a.values.push_back(low + range * (static_cast<double>(i) / static_cast<double>(pixels - 1) *
                                            (1.0 + 2.0 * margin) -
                                        margin));
    return a;
  };
  Plane plane{axis("input_1", "first input", 0), axis("input_2", "second input", 1),
              Samples(pixels * pixels, 2)};
  for (Index i = 0; i < pixels; ++i)
    for (Index j = 0; j < pixels; ++j) {
      plane.points(i * pixels + j, 0) = plane.across.values[static_cast<std::size_t>(j)];
      plane.points(i * pixels + j, 1) = plane.up.values[static_cast<std::size_t>(i)];
    }
  return plane;
}

}  // namespace

Vec input_exponents(const mlp_kernel::MlpShape& shape, In theta, MatIn X) {
  const Index n = X.cols();
  const auto layers = static_cast<Index>(shape.widths.size()) - 1;
  Mat A = X, first = Mat::Zero(2, n), second = Mat::Zero(2, n);  // a, da/dx_1, da/dx_2
  first.row(0).setOnes();
  second.row(1).setOnes();
  Index at = 0;
  for (Index l = 0; l < layers; ++l) {
    const Index in = shape.widths[static_cast<std::size_t>(l)];
    const Index out = shape.widths[static_cast<std::size_t>(l) + 1];
    const Eigen::Map<const Matrix> W(theta.data() + at, out, in);
    at += out * in;
    ActivationBlock hidden(shape.activation, out, n);
    auto Z = hidden.z(n);
    Z.noalias() = W * A;
    if (shape.bias) {
      Z.colwise() += theta.segment(at, out);
      at += out;
    }
    first = (W * first).eval();
    second = (W * second).eval();
    if (l + 1 == layers) break;  // the output is linear
    hidden.activate(n);
    A = hidden.value(n);
    first.array() *= hidden.first(n).array();
    second.array() *= hidden.first(n).array();
  }
  Vec exponents(n);
  for (Index s = 0; s < n; ++s) {
    // The larger eigenvalue of J'J, 2 x 2.
    const double a = first.col(s).squaredNorm(), b = second.col(s).squaredNorm();
    const double c = first.col(s).dot(second.col(s));
    const double largest = 0.5 * (a + b) + std::hypot(0.5 * (a - b), c);
    exponents[s] = 0.5 * std::log(largest) / static_cast<double>(layers);
  }
  return exponents;
}

Observable decision_observable(const Samples& data, Index C, OutputsAt outputs) {
  const Plane plane = plane_around(data);
  return {{.name = "decision",
           .long_name = "second output minus the first",
           .comment = "or the only output; the decision changes at 0",
           .axes = {plane.up, plane.across}},
          [C, grid = plane.points, outputs = std::move(outputs)](In theta, double, Out out) {
            Samples f(grid.rows(), C);
            outputs(theta, grid, {f.data(), f.rows(), f.cols()});
            out = C == 1 ? Vec(f.col(0)) : Vec(f.col(1) - f.col(0));
          }};
}

Observables plane_observables(const mlp_kernel::MlpShape& shape, const Samples& data,
                              OutputsAt outputs) {
  const Plane plane = plane_around(data);
  return {{{.name = "input_exponent",
            .unit = "1/layer",
            .long_name = "largest finite-time Lyapunov exponent in depth",
            .comment = "ln of the largest singular value of the outputs' Jacobian over the layers",
            .axes = {plane.up, plane.across}},
           [shape, grid = plane.points](In theta, double, Out out) {
             out = input_exponents(shape, theta, grid.transpose());
           }},
          decision_observable(data, shape.outputs(), std::move(outputs))};
}

}  // namespace thalweg
