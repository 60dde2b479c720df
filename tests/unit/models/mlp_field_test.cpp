// The network as a vector field: its kernel on every instruction set, and its derivatives.
#include "support/catch.hpp"
#include "support/mlp_problem.hpp"

#include <cmath>
#include <thalweg/core/rng.hpp>
#include <thalweg/models/depth/fields/mlp.hpp>
#include <thalweg/models/networks/kernel/aligned_array.hpp>
#include <thalweg/numerics/finite_difference.hpp>

using namespace thalweg;

namespace {

Mat random(thalweg::Index rows, thalweg::Index cols, const char* stream, double size = 1.0) {
  Rng rng(11, stream);
  Mat A(rows, cols);
  for (thalweg::Index i = 0; i < A.size(); ++i) A.data()[i] = size * rng.normal();
  return A;
}

// A copy on a cache line's boundary.
struct Aligned {
  mlp_kernel::AlignedArray<double> data;
  explicit Aligned(const Mat& A) : data(std::max<std::ptrdiff_t>(A.size(), 1)) {
    std::copy_n(A.data(), A.size(), data.data());
  }
  [[nodiscard]] Eigen::Map<const Mat> map(thalweg::Index rows, thalweg::Index cols) const {
    return {data.data(), rows, cols};
  }
};

}  // namespace

TEST_CASE("dense layers of the kernel agree with Eigen on every instruction set", "[kernel]") {
  for (const auto* kernels : test::all_kernels())
    for (const thalweg::Index rows : {8, 24, 56})
      for (const thalweg::Index k : {1, 2, 3, 7})
        for (const thalweg::Index n : {1, 2, 5, 8}) {
          CAPTURE(kernels->name, rows, k, n);
          const auto& dense = kernels->dense;
          const thalweg::Index stride = 8;
          const Mat W = random(rows, k, "W"), b = random(rows, 1, "b"), c = random(k, 1, "c"),
                    L = random(rows, n, "long"), S = random(stride, n, "short"),
                    G = random(rows, k, "G");
          const Aligned w(W), bias(b), x_long(L), x_short(S);
          const Mat top = S.topRows(k);
          const auto close = [](const Mat& a, const Mat& exact) {
            return (a - exact).norm() < 1e-14 * (1.0 + exact.norm());
          };
          for (const bool add : {false, true}) {
            Aligned z(L), y(S), g(G);
            dense.combine(rows, k, n, w.data.data(), bias.data.data(), x_short.data.data(), stride,
                          z.data.data(), add);
            CHECK(close(z.map(rows, n),
                        add ? Mat(L + W * top) : Mat((W * top).colwise() + b.col(0))));
            dense.dots(rows, k, n, w.data.data(), c.data(), x_long.data.data(), y.data.data(),
                       stride, add);
            const Mat dots = W.transpose() * L;
            CHECK(close(y.map(stride, n).topRows(k),
                        add ? Mat(top + dots) : Mat(dots.colwise() + c.col(0))));
            CHECK(y.map(stride, n).bottomRows(stride - k).norm() == 0.0);
            dense.outer(rows, k, n, x_long.data.data(), x_short.data.data(), stride, g.data.data(),
                        add);
            CHECK(close(g.map(rows, k), (add ? G : Mat::Zero(rows, k)) + L * top.transpose()));
          }
          Aligned product(L);
          dense.multiply(rows * n, x_long.data.data(), product.data.data(), product.data.data());
          CHECK(close(product.map(rows, n), L.cwiseProduct(L)));
          dense.multiply_add(rows * n, x_long.data.data(), x_long.data.data(), x_long.data.data(),
                             x_long.data.data(), x_long.data.data(), product.data.data());
          CHECK(close(product.map(rows, n), L.cwiseProduct(L) + L.cwiseProduct(L).cwiseProduct(L)));
        }
}

TEST_CASE("derivatives of the network field fit each other and differences", "[models]") {
  MlpField cubic, deep, none;
  cubic.input = "cubic";
  cubic.hidden = {50};
  deep.hidden = {3, 17, 5};
  deep.depth_input = true;
  none.hidden = {};
  none.bias = false;
  for (const auto& activation : {"tanh", "gelu", "erf", "sigmoid", "softplus"})
    for (MlpField recipe : {cubic, deep, none})
      for (const thalweg::Index n : {1, 20}) {
        recipe.activation = activation;
        const thalweg::Index d = 4;
        const auto field = recipe(d);
        const thalweg::Index p = field->n_parameters();
        CAPTURE(activation, recipe.input, recipe.hidden, n);
        const auto e = field->evaluation(32);
        const Vec theta = random(p, 1, "theta", 0.5);
        const Mat A = random(d, n, "A"), Delta = random(d, n, "Delta"), dA = random(d, n, "dA"),
                  dDelta = random(d, n, "dDelta");
        const Vec dtheta = random(p, 1, "dtheta");
        Mat F(d, n), dF(d, n), A_bar(d, n), A_bar_dot(d, n);
        Vec theta_bar = Vec::Zero(p), theta_bar_dot = Vec::Zero(p), none_wanted;
        e->evaluate(A, 0.7, theta, F);
        e->jvp(dA, dtheta, dF);
        e->vjp(Delta, A_bar, theta_bar);
        const double forwards = Delta.cwiseProduct(dF).sum(),
                     backwards = A_bar.cwiseProduct(dA).sum() + theta_bar.dot(dtheta);
        CHECK(std::abs(forwards - backwards) < 1e-13 * Delta.norm() * dF.norm());
        e->vjp_tangent(Delta, dDelta, A_bar_dot, theta_bar_dot);
        Mat A_bar_alone(d, n);
        e->vjp(Delta, A_bar_alone, none_wanted);
        CHECK(A_bar_alone == A_bar);

        // Everything along (dA, dtheta, dDelta).
        const auto at = [&](double s, Out out) {
          Mat moved(d, n), bar(d, n);
          Vec theta_moved = Vec::Zero(p);
          const auto other = field->evaluation(n);
          other->evaluate(A + s * dA, 0.7, theta + s * dtheta, moved);
          other->vjp(Delta + s * dDelta, bar, theta_moved);
          out << moved.reshaped(), bar.reshaped(), theta_moved;
        };
        const auto difference_quotient = difference(at, 2 * d * n + p, 0.05);
        Vec exact(2 * d * n + p);
        exact << dF.reshaped(), A_bar_dot.reshaped(), theta_bar_dot;
        CHECK((exact - difference_quotient.value).norm() <
              1e-9 * exact.norm() + 10.0 * difference_quotient.error);
        CHECK(difference_quotient.error < 1e-7 * exact.norm());

        // A point that is not finite leaves nothing behind.
        Mat bad = A, again(d, n), bar_again(d, n);
        bad(0, 0) = std::nan("");
        Vec unused = Vec::Zero(p), theta_again = Vec::Zero(p);
        e->evaluate(bad, 0.7, theta, again);
        e->vjp(Delta, bar_again, unused);
        e->evaluate(A, 0.7, theta, again);
        e->vjp(Delta, bar_again, theta_again);
        CHECK(again == F);
        CHECK(bar_again == A_bar);
        CHECK(theta_again == theta_bar);
      }
}
