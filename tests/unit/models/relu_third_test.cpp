// Third derivatives of relu networks: the loss is smooth where no unit changes its sign, so that
// differences that stay inside such a region must agree.
#include <algorithm>
#include <cmath>
#include <limits>
#include <thalweg/numerics/finite_difference.hpp>

#include "../../support/catch.hpp"
#include "../../support/mlp_problem.hpp"

using namespace thalweg::test;

namespace {

// Inputs of all hidden units for all samples, by the plain formula.
std::vector<double> hidden_inputs(const MlpProblem& p, const std::vector<double>& theta) {
  std::vector<double> all;
  for (Index s = 0; s < p.n(); ++s) {
    std::vector<double> a(p.x.begin() + s * p.shape.inputs(),
                          p.x.begin() + (s + 1) * p.shape.inputs());
    std::size_t at = 0;
    for (std::size_t l = 1; l + 1 < p.shape.widths.size(); ++l) {
      const auto out = static_cast<std::size_t>(p.shape.widths[l]);
      std::vector<double> z(out, 0.0);
      for (std::size_t i = 0; i < out; ++i)
        for (const double x : a) z[i] += theta[at++] * x;
      for (std::size_t i = 0; p.shape.bias && i < out; ++i) z[i] += theta[at++];
      all.insert(all.end(), z.begin(), z.end());
      for (double& x : z) x = std::max(x, 0.0);
      a = std::move(z);
    }
  }
  return all;
}

std::vector<double> along(const std::vector<double>& theta, double step,
                          const std::vector<double>& u) {
  std::vector<double> moved = theta;
  for (std::size_t i = 0; i < moved.size(); ++i) moved[i] += step * u[i];
  return moved;
}

// A step along u that takes no hidden unit half of its way to the kink.
double step_away_from_kinks(const MlpProblem& p, const std::vector<double>& u) {
  const auto z = hidden_inputs(p, p.theta);
  for (double step = 1e-2; step > 1e-8; step /= 2.0) {
    bool clear = true;
    for (const double s : {-step, step}) {
      const auto moved = hidden_inputs(p, along(p.theta, s, u));
      for (std::size_t i = 0; i < z.size(); ++i)
        clear = clear && std::abs(moved[i] - z[i]) < 0.5 * std::abs(z[i]);
    }
    if (clear) return step;
  }
  return 0.0;
}

}  // namespace

TEST_CASE("third derivatives of relu networks are those of differences away from the kinks",
          "[models]") {
  for (const Loss loss : {Loss::mse, Loss::cross_entropy})
    for (const bool bias : {true, false})
      for (const std::vector<Index>& widths :
           {std::vector<Index>{5, 7, 3}, std::vector<Index>{4, 9, 6, 3}}) {
        INFO("loss " << static_cast<int>(loss) << ", bias " << bias << ", layers "
                     << widths.size() - 1);
        MlpProblem p(widths, Activation::relu, loss, 13, bias, 3);
        const Index n = p.n_parameters();
        const auto u = p.normal(n), v = p.normal(n);
        const double step = step_away_from_kinks(p, u);
        // Products are rounded to 1e-16 and divided by the step.
        REQUIRE(step > 1e-6);
        const MlpEvaluator evaluator(p.shape, p.samples());
        const auto expected = thalweg::difference(
            [&](double s, thalweg::Out out) {
              const auto Hv = hessian_product(evaluator, along(p.theta, s, u), v);
              std::copy(Hv.begin(), Hv.end(), out.data());
            },
            n, step);
        std::vector<double> T(v.size());
        evaluator.third(p.theta.data(), u.data(), v.data(), n, T.data(), n, 1);
        CHECK(expected.value.norm() > 1e-3);
        CHECK(relative_distance(T, expected.value) <= 1e-7);
      }
}
