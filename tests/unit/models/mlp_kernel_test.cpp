// Loss, gradient and Hessian products of the network kernel against a plain long-double network and
// its complex-step derivatives, for every instruction set, in double and float.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <thalweg/numerics/finite_difference.hpp>

#include "../../support/catch.hpp"
#include "../../support/mlp_problem.hpp"
#include "../../support/reference_mlp.hpp"

using namespace thalweg::test;
namespace reference = thalweg::reference;

namespace {

struct Case {
  std::vector<Index> widths;
  Index n;
  bool bias = true;
};

// One sample, widths of one, widths beside the register shapes (3, 4, 6), one layer, ten layers,
// more features than one pass takes, more samples than one block.
const std::vector<Case> cases = {
    {{3, 2}, 1},
    {{5, 1, 1, 2}, 7},
    {{1, 7, 5, 3}, 33},
    {{4, 13, 4}, 64, false},
    {{6, 5, 6, 7, 5, 4, 6, 5, 7, 9, 3}, 50},
    {{450, 230, 2}, 21},
    {{2, 3, 2}, 1500},
};

template <class F>
void for_all(F f) {
  for (const Case& c : cases)
    for (const auto& [activation, name] : activations)
      for (const Loss loss : {Loss::mse, Loss::cross_entropy}) {
        if (c.n * c.widths[0] > 3000 && activation != Activation::tanh &&
            activation != Activation::gelu)
          continue;
        INFO(name << ", loss " << static_cast<int>(loss) << ", input width " << c.widths[0]
                  << ", samples " << c.n);
        f(MlpProblem(c.widths, activation, loss, c.n, c.bias));
      }
  for (const auto& [activation, name] : activations) {
    INFO(name << ", logistic");
    f(MlpProblem({3, 9, 6, 1}, activation, Loss::logistic, 40));
  }
}

std::vector<reference::Real> widen(const std::vector<double>& x) { return {x.begin(), x.end()}; }

// Relative error of a sum of rounded terms: a few units over all layers in double; float has 2^29
// times the unit (6e-8), on gradients that cancel over the samples.
double tolerance(Precision precision) { return precision == Precision::f64 ? 1e-13 : 2e-5; }

}  // namespace

TEST_CASE("loss, outputs and gradient are those of the plain network") {
  for_all([](const MlpProblem& p) {
    const auto exact = reference::evaluate(p.shape, p.samples(), widen(p.theta));
    for (const Kernels* kernels : all_kernels())
      for (const Precision precision : {Precision::f64, Precision::f32}) {
        INFO(kernels->name << (precision == Precision::f64 ? ", double" : ", float"));
        const MlpEvaluator evaluator(p.shape, p.samples(), precision, *kernels);
        const double bound = tolerance(precision);
        std::vector<double> g(p.theta.size()), f(exact.outputs.size());
        const double loss = evaluator.value_and_gradient(p.theta.data(), g.data());
        evaluator.outputs(p.theta.data(), f.data());
        CHECK(std::abs(loss - static_cast<double>(exact.loss)) <= bound * std::abs(loss));
        CHECK(evaluator.value(p.theta.data()) == loss);
        CHECK(relative_distance(f, exact.outputs) <= bound);
        CHECK(relative_distance(g, exact.gradient) <= bound);
      }
  });
}

TEST_CASE("each component of the gradient is the complex-step derivative of the loss") {
  for (const auto& [activation, name] : activations) {
    if (activation == Activation::relu) continue;  // not analytic
    for (const Loss loss : {Loss::mse, Loss::cross_entropy}) {
      INFO(name);
      const MlpProblem p({5, 7, 6, 3}, activation, loss, 19);
      const std::vector<double> g = gradient(MlpEvaluator(p.shape, p.samples()), p.theta);
      double largest = 0;
      for (const double x : g) largest = std::max(largest, std::abs(x));
      for (std::size_t i = 0; i < g.size(); ++i)
        CHECK(std::abs(g[i] - reference::derivative(p.shape, p.samples(), p.theta, i)) <=
              1e-13 * largest);
    }
  }
}

TEST_CASE("a Hessian product is the complex-step derivative of the gradient") {
  for_all([](MlpProblem p) {
    const std::vector<double> v = p.normal(p.n_parameters());
    const auto exact = reference::hessian_product(p.shape, p.samples(), p.theta, v);
    for (const Kernels* kernels : all_kernels())
      for (const Precision precision : {Precision::f64, Precision::f32}) {
        INFO(kernels->name << (precision == Precision::f64 ? ", double" : ", float"));
        const MlpEvaluator evaluator(p.shape, p.samples(), precision, *kernels);
        CHECK(relative_distance(hessian_product(evaluator, p.theta, v), exact) <=
              10 * tolerance(precision));
      }
  });
}

TEST_CASE("Hessian products are symmetric and linear in blocks, cached or not") {
  for_all([](MlpProblem p) {
    const Index n = p.n_parameters(), k = 3;
    const std::vector<double> V = p.normal(n * k);
    const MlpEvaluator evaluator(p.shape, p.samples());
    const std::vector<double> HV = hessian_product(evaluator, p.theta, V);

    const auto cached = evaluator.at(p.theta.data());
    const auto repeated = evaluator.at(p.theta.data(), 0);
    CHECK(cached.cached());
    CHECK_FALSE(repeated.cached());
    std::vector<double> again(HV.size()), g(p.theta.size());
    cached.hvp(V.data(), n, again.data(), n, k);
    CHECK((again == HV));
    repeated.hvp(V.data(), n, again.data(), n, k);
    CHECK((again == HV));
    // Second derivatives are computed along, so multiply-adds may be contracted differently.
    CHECK(cached.value() == Approx(evaluator.value(p.theta.data())).epsilon(1e-14));
    CHECK(repeated.value() == evaluator.value(p.theta.data()));
    for (const auto* linearisation : {&cached, &repeated}) {
      linearisation->gradient(g.data());
      CHECK(relative_distance(g, gradient(evaluator, p.theta)) <= 1e-14);
    }

    const std::vector<double> v1(V.begin() + n, V.begin() + 2 * n);
    const std::vector<double> hv1(HV.begin() + n, HV.begin() + 2 * n);
    CHECK((hessian_product(evaluator, p.theta, v1) == hv1));

    double norm = 0;
    for (const double x : HV) norm = std::max(norm, std::abs(x));
    for (Index a = 0; a < k; ++a)
      for (Index b = 0; b < a; ++b) {
        long double ab = 0, ba = 0, size = 0;
        for (Index i = 0; i < n; ++i) {
          ab += static_cast<long double>(V[a * n + i]) * HV[b * n + i];
          ba += static_cast<long double>(V[b * n + i]) * HV[a * n + i];
          size += static_cast<long double>(V[a * n + i]) * V[a * n + i];
        }
        CHECK(std::abs(static_cast<double>(ab - ba)) <= 1e-12 * norm * static_cast<double>(size));
      }
  });
}

TEST_CASE("columns of a block of Hessian products may lie apart") {
  MlpProblem p({4, 6, 3}, Activation::tanh, Loss::mse, 20);
  const Index n = p.n_parameters(), k = 2, v_stride = n + 5, hv_stride = n + 3;
  const std::vector<double> V = p.normal(v_stride * k);
  std::vector<double> HV(hv_stride * k, -1.0);
  const MlpEvaluator evaluator(p.shape, p.samples());
  evaluator.hvp(p.theta.data(), V.data(), v_stride, HV.data(), hv_stride, k);
  for (Index j = 0; j < k; ++j) {
    const std::vector<double> v(V.begin() + j * v_stride, V.begin() + j * v_stride + n);
    const std::vector<double> hv(HV.begin() + j * hv_stride, HV.begin() + j * hv_stride + n);
    CHECK((hessian_product(evaluator, p.theta, v) == hv));
    for (Index i = n; i < hv_stride; ++i) CHECK(HV[j * hv_stride + i] == -1.0);
  }
}

TEST_CASE("without biases a ReLU network's gradient obeys Euler's homogeneity identity") {
  // f is homogeneous of degree 1 in each W^l: <W^l, dL/dW^l> = <f, dL/df> for every l.
  for (const Activation activation : {Activation::relu, Activation::identity}) {
    const MlpProblem p({8, 20, 11, 9, 4}, activation, Loss::mse, 300, false);
    const MlpEvaluator evaluator(p.shape, p.samples());
    const std::vector<double> g = gradient(evaluator, p.theta);
    std::vector<double> f(static_cast<std::size_t>(p.n() * 4));
    evaluator.outputs(p.theta.data(), f.data());
    double expected = 0;
    for (std::size_t i = 0; i < f.size(); ++i)
      expected += p.shape.scale / static_cast<double>(p.n()) * f[i] * (f[i] - p.y[i]);
    std::size_t at = 0;
    for (std::size_t l = 1; l < p.shape.widths.size(); ++l) {
      double product = 0;
      for (const std::size_t end = at + p.shape.widths[l] * p.shape.widths[l - 1]; at < end; ++at)
        product += p.theta[at] * g[at];
      CHECK(product == Approx(expected).epsilon(1e-12));
    }
  }
}

TEST_CASE("a number that is not one makes the loss NaN") {
  for (const Kernels* kernels : all_kernels())
    for (const Precision precision : {Precision::f64, Precision::f32})
      for (const auto& [activation, name] : activations)
        for (const Loss loss : {Loss::mse, Loss::cross_entropy}) {
          INFO(kernels->name << ", " << name);
          const MlpProblem p({3, 5, 4, 3}, activation, loss, 11);
          const MlpEvaluator evaluator(p.shape, p.samples(), precision, *kernels);
          for (std::size_t i = 0; i < p.theta.size(); ++i) {
            std::vector<double> theta = p.theta, g(theta.size());
            theta[i] = std::numeric_limits<double>::quiet_NaN();
            CHECK(std::isnan(evaluator.value_and_gradient(theta.data(), g.data())));
          }
        }
}

TEST_CASE("cross-entropy and logistic loss stay finite for large outputs") {
  for (const Precision precision : {Precision::f64, Precision::f32}) {
    MlpProblem p({1, 3}, Activation::identity, Loss::cross_entropy, 1);
    p.x = {1};
    p.labels = {1};
    const MlpEvaluator softmax(p.shape, p.samples(), precision);
    const std::vector<double> theta = {2000, 500, 0, 0, 0, 0};
    CHECK(softmax.value(theta.data()) == Approx(1.25 * 1500));
    MlpProblem q({1, 1}, Activation::identity, Loss::logistic, 1);
    q.x = {1};
    q.labels = {1};
    const MlpEvaluator logistic(q.shape, q.samples(), precision);
    for (const double f : {-3000.0, 3000.0}) {
      const std::vector<double> t = {f, 0};
      CHECK(logistic.value(t.data()) == Approx(f < 0 ? 1.25 * 3000 : 0));
      // A well-classified sample keeps a tiny loss instead of a cancelled zero.
      const std::vector<double> u = {30, 0};
      CHECK(logistic.value(u.data()) == Approx(1.25 * std::exp(-30.0)).epsilon(1e-5));
    }
  }
}

namespace {

std::vector<double> product(const MlpEvaluator& evaluator, const std::vector<double>& theta,
                            Matrix matrix, const std::vector<double>& v) {
  const auto n = static_cast<Index>(theta.size());
  std::vector<double> mv(v.size());
  evaluator.at(theta.data()).product(matrix, v.data(), n, mv.data(), n, 1);
  return mv;
}

// |a - b| <= tolerance |b|; equal where b is zero, as for the third derivative of a linear model.
bool close(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  return a == b || relative_distance(a, b) <= tolerance;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  long double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<long double>(a[i]) * b[i];
  return static_cast<double>(sum);
}

std::vector<double> third(const MlpEvaluator& evaluator, const std::vector<double>& theta,
                          const std::vector<double>& u, const std::vector<double>& v) {
  const auto n = static_cast<Index>(theta.size());
  std::vector<double> tuv(v.size());
  evaluator.third(theta.data(), u.data(), v.data(), n, tuv.data(), n,
                  static_cast<Index>(v.size()) / n);
  return tuv;
}

}  // namespace

TEST_CASE("a Gauss-Newton product is J' H_loss J v with J by complex steps") {
  for_all([](MlpProblem p) {
    const std::vector<double> v = p.normal(p.n_parameters());
    const auto exact = reference::gauss_newton_product(p.shape, p.samples(), p.theta, v);
    for (const Kernels* kernels : all_kernels())
      for (const Precision precision : {Precision::f64, Precision::f32}) {
        INFO(kernels->name << (precision == Precision::f64 ? ", double" : ", float"));
        const MlpEvaluator evaluator(p.shape, p.samples(), precision, *kernels);
        CHECK(relative_distance(product(evaluator, p.theta, Matrix::gauss_newton, v), exact) <=
              10 * tolerance(precision));
      }
  });
}

TEST_CASE("products of per-sample gradients are those of the samples one by one") {
  for_all([](MlpProblem p) {
    const std::vector<double> v = p.normal(p.n_parameters());
    const double scale = p.shape.scale;
    MlpShape alone = p.shape;
    alone.scale = 1;
    const MlpEvaluator single(alone, p.samples());
    std::vector<double> exact(v.size(), 0.0), g(v.size());
    for (Index s = 0; s < p.n(); ++s) {
      single.value_and_gradient(p.theta.data(), &s, 1, g.data());
      const double change = scale / static_cast<double>(p.n()) * dot(g, v);
      for (std::size_t i = 0; i < g.size(); ++i) exact[i] += change * g[i];
    }
    for (const Kernels* kernels : all_kernels()) {
      INFO(kernels->name);
      const MlpEvaluator evaluator(p.shape, p.samples(), Precision::f64, *kernels);
      // Sums of both signs over up to 1500 samples, in another order.
      CHECK(relative_distance(product(evaluator, p.theta, Matrix::gradient_products, v), exact) <=
            1e-11);
    }
  });
}

TEST_CASE("the third derivative is the derivative of Hessian products") {
  for_all([](MlpProblem p) {
    if (p.shape.activation == Activation::relu) return;  // has kinks between the difference points
    const Index n = p.n_parameters();
    const std::vector<double> u = p.normal(n), V = p.normal(2 * n);
    const std::vector<double> v(V.begin() + n, V.end());
    const MlpEvaluator exact(p.shape, p.samples());
    std::vector<double> moved(v.size());
    const double widest =
        static_cast<double>(*std::max_element(p.shape.widths.begin(), p.shape.widths.end()));
    // Extrapolated to step zero (Richardson, Ridders); outputs move by about the step times
    // sqrt(width).
    const auto expected = thalweg::difference(
        [&](double step, thalweg::Out out) {
          for (std::size_t i = 0; i < moved.size(); ++i) moved[i] = p.theta[i] + step * u[i];
          const std::vector<double> hv = hessian_product(exact, moved, v);
          std::copy(hv.begin(), hv.end(), out.data());
        },
        n, 0.02 / std::sqrt(widest));
    for (const Kernels* kernels : all_kernels())
      for (const Precision precision : {Precision::f64, Precision::f32}) {
        INFO(kernels->name << (precision == Precision::f64 ? ", double" : ", float"));
        const MlpEvaluator evaluator(p.shape, p.samples(), precision, *kernels);
        const std::vector<double> both = third(evaluator, p.theta, u, V);
        const std::vector<double> second(both.begin() + n, both.end());
        CHECK((second == third(evaluator, p.theta, u, v)));  // shared passes change nothing
        if (p.shape.widths.size() == 2 && p.shape.loss == Loss::mse)
          CHECK(dot(second, second) == 0);  // a quadratic
        else
          CHECK(relative_distance(second, expected.value) <=
                (precision == Precision::f64 ? 1e-7 : 1e-3));
      }
  });
}

TEST_CASE("the third derivative is symmetric in its three slots") {
  for_all([](MlpProblem p) {
    const Index n = p.n_parameters();
    const std::vector<double> u = p.normal(n), v = p.normal(n), w = p.normal(n);
    const MlpEvaluator evaluator(p.shape, p.samples());
    const std::vector<double> uv = third(evaluator, p.theta, u, v);
    const double size = std::sqrt(dot(uv, uv) * dot(w, w));
    CHECK(std::abs(dot(uv, w) - dot(third(evaluator, p.theta, v, w), u)) <= 1e-10 * size);
    CHECK(std::abs(dot(uv, w) - dot(third(evaluator, p.theta, w, u), v)) <= 1e-10 * size);
    CHECK(close(third(evaluator, p.theta, v, u), uv, 1e-12));
  });
}
