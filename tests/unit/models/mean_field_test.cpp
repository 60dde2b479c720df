// Mean-field theory of random networks: closed forms, published numbers, and numbers of scipy's
// adaptive and 160-node quadrature.
#include "support/catch.hpp"

#include <cmath>
#include <numbers>
#include <thalweg/models/propagation/gradient_fluctuations.hpp>
#include <thalweg/models/propagation/mean_field.hpp>
#include <thalweg/models/propagation/mean_field_map.hpp>
#include <thalweg/models/propagation/random_network.hpp>
#include <thalweg/models/propagation/singular_value_law.hpp>
#include <thalweg/numerics/gaussian_expectation.hpp>

using namespace thalweg;
using mlp_kernel::Activation;

namespace {
constexpr double pi = std::numbers::pi;
using OneNumber = std::function<double(double)>;
using TwoNumbers = std::function<double(double, double)>;
}  // namespace

TEST_CASE("means over normal numbers have their closed forms") {
  const auto of = [](OneNumber f) { return gaussian_expectation(f); };
  CHECK(of([](double z) { return std::pow(z, 8); }).value == Approx(105.0).epsilon(1e-12));
  CHECK(of([](double z) { return std::cos(3.0 * z); }).value ==
        Approx(std::exp(-4.5)).epsilon(0.0).margin(1e-14));
  // Poles at a distance of pi / 2000 from the real line: (2/pi) asin(2q/(1+2q)) of erf.
  for (const double q : {1e-4, 0.3, 1.0, 30.0, 1e4}) {
    const double exact = 2.0 / pi * std::asin(2.0 * q / (1.0 + 2.0 * q));
    const auto found = of([q](double z) { return std::pow(std::erf(std::sqrt(q) * z), 2); });
    CHECK(found.value == Approx(exact).epsilon(1e-12));
    CHECK(std::abs(found.value - exact) <= found.error + 1e-15);
  }
  // Kink and jump at 0.
  CHECK(of([](double z) { return std::abs(z); }).value ==
        Approx(std::sqrt(2.0 / pi)).epsilon(1e-12));
  CHECK(of([](double z) { return z > 0.0 ? 1.0 : 0.0; }).value == Approx(0.5).epsilon(1e-12));
  CHECK(gaussian_expectation(TwoNumbers([](double x, double y) {
          return std::exp(0.3 * x * y);
        })).value == Approx(1.0 / std::sqrt(1.0 - 0.09)).epsilon(1e-12));
  // Both positive, corr 0: a kink on two axes.
  CHECK(
      gaussian_expectation(
          TwoNumbers([](double x, double y) { return std::max(x, 0.0) * std::max(y, 0.0); }), 1e-10)
          .value == Approx(0.5 / pi).epsilon(1e-9));
}

TEST_CASE("erf has its closed forms") {
  const double sw = 1.3, sb = 0.4;
  const MeanField field(Activation::erf, sw, sb);
  for (const double q : {1e-3, 0.5, 2.0, 50.0}) {
    const double s = 2.0 * q / (1.0 + 2.0 * q);
    CHECK(field.length(q) == Approx(sw * sw * 2.0 / pi * std::asin(s) + sb * sb).epsilon(1e-12));
    CHECK(field.chi(q) == Approx(sw * sw * 4.0 / pi / std::sqrt(1.0 + 4.0 * q)).epsilon(1e-12));
    const double slope = sw * sw * 4.0 / pi / ((1.0 + 2.0 * q) * std::sqrt(1.0 + 4.0 * q));
    CHECK(field.length_slope(q) == Approx(slope).epsilon(1e-11));
    for (const double gap : {1e-2, 0.3, 1.2}) {
      const double both = sw * sw * 2.0 / pi * std::asin(s * (1.0 - gap)) + sb * sb;
      // The difference in the closed form itself loses 1e-16 / gap.
      CHECK(field.next_gap(q, gap) ==
            Approx(1.0 - both / field.length(q)).epsilon(0.0).margin(1e-12));
    }
  }
}

TEST_CASE("a tiny gap keeps its digits") {
  // 1 - c' = gap sigma_w^2 E phi'^2 q / q' to first order in the gap.
  const MeanField tanh(Activation::tanh, 1.6, 0.3), relu(Activation::relu, 1.2, 0.3);
  for (const double gap : {1e-14, 1e-10})
    CHECK(tanh.next_gap(0.8, gap) / gap ==
          Approx(tanh.chi(0.8) * 0.8 / tanh.length(0.8)).epsilon(1e-8));
  // The expansion and the quadrature meet.
  CHECK(tanh.next_gap(0.8, 1.2499e-6) / 1.2499e-6 ==
        Approx(tanh.next_gap(0.8, 1.2501e-6) / 1.2501e-6).epsilon(1e-9));
  // relu: 1 - c' ~ gap - (2 sqrt 2 / 3 pi) gap^(3/2) times its share of q'.
  const double gap = 1e-8, share = 0.72 / (0.72 + 0.09);
  CHECK(relu.next_gap(1.0, gap) ==
        Approx(share * (gap - 2.0 * std::numbers::sqrt2 / (3.0 * pi) * std::pow(gap, 1.5)))
            .epsilon(1e-12));
}

TEST_CASE("relu has the arc-cosine kernels, as quadrature in polar coordinates finds them") {
  const MeanField he(Activation::relu, std::numbers::sqrt2, 0.0);
  CHECK(he.length(0.7) == Approx(0.7).epsilon(1e-15));
  for (const double c : {-0.5, 0.0, 0.4, 0.9}) {
    const double next = (std::sqrt(1.0 - c * c) + c * (pi - std::acos(c))) / pi;
    CHECK(1.0 - he.next_gap(2.0, 1.0 - c) == Approx(next).epsilon(1e-13));
    // E f(u1, u2) of degree 2 k: E r^(2k) times the mean over the angle; the middle rule over
    // [0, 2 pi] with 2e5 nodes is good to 1e-9 at kinks.
    double first = 0.0, second = 0.0;
    const int n = 200000;
    for (int i = 0; i < n; ++i) {
      const double t = 2.0 * pi * (i + 0.5) / n;
      const double a = std::cos(t), b = c * a + std::sqrt(1.0 - c * c) * std::sin(t);
      const double p = std::max(a, 0.0) * std::max(b, 0.0);
      first += 2.0 * p / n;
      second += 8.0 * p * p / n;
    }
    const auto m = he.pair_moments(1.0, 4.0, 1.0 - c);
    CHECK(m.square == Approx(2.0 * first).epsilon(1e-8));
    CHECK(m.fourth == Approx(4.0 * second).epsilon(1e-8));
  }
  // c -> 1 as 1 - c_l = 9 pi^2 / (2 l^2): slower than any exponential.
  double gap = 1.0;
  for (int l = 0; l < 3000; ++l) gap = he.next_gap(1.0, gap);
  CHECK(gap * 3000.0 * 3000.0 == Approx(4.5 * pi * pi).epsilon(0.02));
}

TEST_CASE("fixed points are those of scipy's quadrature") {
  struct Row {
    Activation activation;
    double w2, b2, q, chi, mu2, c;  // c: next correlation after 0.6
  };
  // scipy 1.10: quad in four parts and brentq; numpy's hermegauss with 160^2 nodes for c.
  const Row rows[] = {{Activation::tanh, 1.3, 0.05, 0.3153164774853, 0.8801635098832,
                       0.5411218529863, 0.6563645194285},
                      {Activation::tanh, 2.2, 0.05, 0.8552818431882, 1.083725723203,
                       0.3655092840408, 0.5998322211929},
                      {Activation::gelu, 1.5, 0.1, 0.191925429224, 0.5071098674647, 0.2113233936062,
                       0.8079439533876},
                      {Activation::sigmoid, 9.0, 0.2, 3.253326977201, 0.2822619802494,
                       0.001458872440184, 0.8953370702711},
                      {Activation::softplus, 0.8, 0.1, 0.7450514244107, 0.2278842836367,
                       0.117524685768, 0.9111079548197},
                      {Activation::erf, 1.2, 0.05, 0.403864124258, 0.9447515525551, 0.7881396742356,
                       0.6372025490242}};
  for (const auto& r : rows) {
    const MeanField field(r.activation, std::sqrt(r.w2), std::sqrt(r.b2));
    const double q = field.fixed_point();
    CHECK(q == Approx(r.q).epsilon(1e-10));
    CHECK(field.chi(q) == Approx(r.chi).epsilon(1e-10));
    CHECK(field.slope_moment(q, 2) == Approx(r.mu2).epsilon(1e-10));
    CHECK(1.0 - field.next_gap(q, 0.4) == Approx(r.c).epsilon(1e-10));
    // dV/dq against a central difference: h^2 = 1e-8, rounding 1e-12 / h.
    const double h = 1e-4;
    CHECK(field.length_slope(q) ==
          Approx((field.length(q + h) - field.length(q - h)) / (2.0 * h)).epsilon(1e-6));
  }
}

TEST_CASE("the edge of chaos of tanh and the depth scales around it have their published digits") {
  const double sb = std::sqrt(0.05);
  const auto edge = critical_point(Activation::tanh, sb);
  REQUIRE(edge);
  CHECK(edge->sigma_w * edge->sigma_w == Approx(1.76095463960674).epsilon(1e-12));
  CHECK(edge->q == Approx(0.570047881640764).epsilon(1e-11));
  const MeanField critical(Activation::tanh, edge->sigma_w, sb);
  CHECK(critical.fixed_point() == Approx(edge->q).epsilon(1e-10));
  CHECK(critical.slope_moment(edge->q, 2) / std::pow(critical.slope_moment(edge->q, 1), 2) ==
        Approx(1.342256078).epsilon(1e-9));

  const FixedPoint ordered(MeanField(Activation::tanh, std::sqrt(1.3), sb));
  CHECK(ordered.q == Approx(0.315316477485).epsilon(1e-11));
  CHECK(ordered.chi == Approx(0.880163509883).epsilon(1e-11));
  CHECK(ordered.xi_gradient == Approx(7.8340693).epsilon(1e-8));
  CHECK(ordered.c == 1.0);
  CHECK(ordered.xi_c == Approx(ordered.xi_gradient).epsilon(1e-12));
  const FixedPoint chaotic(MeanField(Activation::tanh, std::sqrt(2.2), sb));
  CHECK(chaotic.q == Approx(0.855281843188).epsilon(1e-11));
  CHECK(chaotic.chi == Approx(1.0837257232).epsilon(1e-10));
  CHECK(chaotic.xi_gradient == Approx(12.437061).epsilon(1e-7));
  CHECK(chaotic.c < 1.0);
  const MeanField field(Activation::tanh, std::sqrt(2.2), sb);
  CHECK(field.next_gap(chaotic.q, 1.0 - chaotic.c) == Approx(1.0 - chaotic.c).epsilon(1e-9));
  CHECK(chaotic.xi_c > 0.0);

  CHECK(critical_point(Activation::tanh, 0.0)->sigma_w == 1.0);
  CHECK_FALSE(critical_point(Activation::softplus, 1.0));
  CHECK_FALSE(critical_point(Activation::gelu, 0.1));  // chi = 1 where V' > 1
  CHECK(critical_point(Activation::relu, 0.3)->sigma_w == std::numbers::sqrt2);
  CHECK(std::isinf(MeanField(Activation::relu, 2.0, 0.1).fixed_point()));
  CHECK(MeanField(Activation::tanh, 0.9, 0.0).fixed_point() == 0.0);
  CHECK(MeanField(Activation::identity, 0.5, 1.0).fixed_point() ==
        Approx(4.0 / 3.0).epsilon(1e-13));
}

TEST_CASE("Fuss-Catalan numbers are the moments of products of Gaussian matrices") {
  // Catalan's for one matrix: 1, 2, 5, 14; for two 1, 3, 12, 55 (OEIS A001764).
  CHECK(fuss_catalan(1, 4) == Approx(14.0).epsilon(1e-14));
  CHECK(fuss_catalan(2, 4) == Approx(55.0).epsilon(1e-14));
  CHECK(fuss_catalan_edge(1) == Approx(4.0));
  CHECK(fuss_catalan_edge(2) == Approx(6.75));
  CHECK(fuss_catalan_edge(1000) == Approx(std::exp(1.0) * 1000.5).epsilon(1e-6));
}

TEST_CASE("the law of singular values is the known one where it is known") {
  const Index n = 2000;
  const auto law = [](Activation activation, bool orthogonal, std::size_t depth, double w,
                      double q) {
    return SingularValueLaw{activation, orthogonal,
                            std::vector<SingularValueLaw::Layer>(depth, {w, q})}
        .quantiles(n);
  };
  // One Gaussian matrix: a quarter of a circle, F(s) = (s sqrt(4 - s^2) / 2 + 2 asin(s/2)) / pi.
  const Vec one = law(Activation::identity, false, 1, 1.0, 1.0);
  for (Index i = 5; i < n; i += 13) {
    const double s = std::min(one[i], 2.0),
                 F = (0.5 * s * std::sqrt(4.0 - s * s) + 2.0 * std::asin(0.5 * s)) / pi;
    CHECK(F == Approx(1.0 - (static_cast<double>(i) + 0.5) / n).epsilon(0.0).margin(1e-3));
  }
  // Moments: n quantiles miss a share 1/n of the tail.
  const Vec four = law(Activation::identity, false, 4, 1.0, 1.0).array().square();
  CHECK(four.mean() == Approx(1.0).epsilon(2e-3));
  CHECK(four.squaredNorm() / n == Approx(fuss_catalan(4, 2)).epsilon(4e-3));
  CHECK(std::sqrt(four[0]) < std::sqrt(fuss_catalan_edge(4)));
  CHECK(std::sqrt(four[0]) > 0.98 * std::sqrt(fuss_catalan_edge(4)));
  const double w = std::sqrt(1.76095463960674), q = 0.570047881640764;
  for (const bool orthogonal : {false, true}) {
    const Vec s2 = law(Activation::tanh, orthogonal, 6, w, q).array().square();
    CHECK(s2.mean() == Approx(1.0).epsilon(2e-3));
    CHECK(s2.squaredNorm() / n - 1.0 ==
          Approx(jacobian_variance(6.0, 1.0, 1.342256078, orthogonal)).epsilon(0.01));
  }
  CHECK(law(Activation::identity, false, 300, 1.0, 1.0).allFinite());
  const Vec relu = law(Activation::relu, true, 3, std::numbers::sqrt2, 1.0);
  CHECK((relu.array() == 0.0).count() == n / 2);
  CHECK(relu.squaredNorm() / n == Approx(1.0).epsilon(2e-3));
}

TEST_CASE("the variance of ln |delta|^2 has its part from the lengths") {
  // Two layers by hand (numpy, Gauss-Hermite with 120 nodes): 3 E phi'^4 / (E phi'^2)^2 - 1 + (d ln
  // chi / dq)^2 w^4 (E phi^4 - (E phi^2)^2)
  for (const auto& [w2, expected] :
       {std::pair{2.2, 3.6991349829689386}, {4.0, 4.752854539190329}}) {
    RandomNetwork r;
    r.sigma_w = {std::sqrt(w2)};
    r.sigma_b = std::sqrt(0.05);
    r.width = 4;
    r.depth = 2;
    r.nets = 2;
    r.prepare();
    const thalweg::MeanField field(thalweg::mlp_kernel::Activation::tanh, std::sqrt(w2), r.sigma_b);
    const auto g = thalweg::gradient_fluctuations(field, r.history()->layers().phi,
                                                  thalweg::SignalTheory(field, 2, 1.0, 0.5));
    CHECK(g.variance[1] == Approx(expected).epsilon(1e-4));
  }
}
