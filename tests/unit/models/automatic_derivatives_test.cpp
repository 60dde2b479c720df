#include "support/catch.hpp"
#include "support/tanh_rosenbrock.hpp"

#include <cmath>
#include <numbers>
#include <thalweg/core/model.hpp>

using namespace thalweg;

namespace {

Vec random_vector(Index n, const char* stream) {
  Rng rng(11, stream);
  Vec x(n);
  rng.fill_normal(x);
  return x;
}

// Every function that a user may call, in one sum, of expressions and of plain scalars.
struct AllFunctions {
  [[nodiscard]] Index dim() const { return 10; }
  template <class S>
  [[nodiscard]] S value(const VectorOf<S>& x) const {
    using std::abs, std::acos, std::asin, std::atan, std::atan2, std::cos, std::cosh, std::sin,
        std::sinh;
    using std::erf, std::exp, std::expm1, std::log, std::log1p, std::pow, std::sqrt, std::tan;
    using std::tanh;
    S L = erf(x[0] * x[1]) + erf(x[2]);
    L += log1p(x[1] * x[1]) * x[3] + expm1(x[2] * x[3]);
    L += softplus(x[4] * x[9]) * x[0] + softplus(x[3]);
    L += sigmoid(x[5]) * x[6] + sigmoid(x[1] + x[7]);
    L += pow(x[7] * x[7] + 1.0, 1.5) + pow(x[8], 3) + sqrt(1.0 + x[8] * x[8]);
    L += log(2.0 + x[0] * x[0]) + exp(x[1] - x[2]) / (1.0 + x[4] * x[4]);
    L += sin(x[0] * x[5]) * cos(x[6]) + tan(0.1 * x[7]) + asin(0.1 * x[8]) * acos(0.1 * x[9]);
    L += atan2(x[4], x[5] + 9.0) + atan(x[6] * x[0]) + sinh(x[6]) - cosh(x[7] * x[8]) +
         tanh(x[9] * x[0]);
    L += abs(x[3]) * x[2] + pow(2.0 + x[1] * x[1], x[2]) + x.head(4).dot(x.tail(4)) * x.sum();
    if (x[9] > 0.0) L -= x[9] * x[9] * x[9];
    return L;
  }
};

struct TooLarge {
  [[nodiscard]] Index dim() const { return 1001; }
  template <class S>
  [[nodiscard]] S value(const VectorOf<S>& x) const {
    return x[0] * x[0];
  }
};

}  // namespace

TEST_CASE("automatic derivatives equal those by hand on a 50-parameter valley with tanh terms") {
  const AnyPotential automatic(AutomaticPotential(test::TanhValley{}));
  const AnyPotential by_hand(test::TanhValleyByHand{});
  for (const char* stream : {"one", "two", "three"}) {
    const Vec q = random_vector(50, stream), v = random_vector(50, "direction");
    Vec g(50), g_hand(50), Hv(50), Hv_hand(50);
    const double L = automatic.value_and_gradient(q, g);
    by_hand.gradient(q, g_hand);
    automatic.hvp(q, v, Hv);
    by_hand.hvp(q, v, Hv_hand);
    // Both sum about a hundred terms: rounding stays near 1e-15 of the norm.
    CHECK(std::abs(L - by_hand.value(q)) <= 1e-13 * L);
    CHECK((g - g_hand).norm() <= 1e-13 * g_hand.norm());
    CHECK((Hv - Hv_hand).norm() <= 1e-13 * Hv_hand.norm());
  }
  CHECK(automatic.derivatives() == Derivatives::automatic);
  CHECK(by_hand.derivatives() == Derivatives::analytic);
}

TEST_CASE("every supported function has the right first and second derivative") {
  const AutomaticPotential potential(AllFunctions{});
  const Vec q = random_vector(10, "point");
  Vec g(10);
  potential.gradient(q, g);
  const auto derivative = [](double f_plus, double f_minus, double h) {
    return (f_plus - f_minus) / (2.0 * h);
  };
  const double h = 1e-5;
  for (Index i = 0; i < 10; ++i) {
    const Vec e = Vec::Unit(10, i);
    Vec plus(10), minus(10), H(10);
    // Central differences at h = 1e-5: truncation h^2 = 1e-10, rounding 1e-16/h = 1e-11.
    CHECK(g[i] == Approx(derivative(potential.value(q + h * e), potential.value(q - h * e), h))
                      .epsilon(0.0)
                      .margin(2e-9));
    potential.gradient(q + h * e, plus);
    potential.gradient(q - h * e, minus);
    potential.hvp(q, e, H);
    CHECK((H - (plus - minus) / (2.0 * h)).norm() <= 2e-8);
  }
}

TEST_CASE("softplus and sigmoid do not overflow") {
  CHECK(softplus(800.0) == 800.0);
  CHECK(softplus(-800.0) == 0.0);
  CHECK(sigmoid(800.0) == 1.0);
  CHECK(sigmoid(-800.0) == 0.0);
  CHECK(softplus(0.0) == Approx(std::numbers::ln2).epsilon(1e-15));
}

TEST_CASE("automatic differentiation says where it ends and what to do") {
  CHECK_THROWS_WITH(AutomaticPotential(TooLarge{}),
                    "this potential gives only its value and has 1001 parameters; automatic "
                    "differentiation takes at most 1000: add gradient(q, g) and hvp(q, v, Hv)");
}
