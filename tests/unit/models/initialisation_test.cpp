#include <algorithm>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/models/networks/initialisation.hpp>

#include "support/catch.hpp"

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

// One layer of fan_in 200 and fan_out 300: W in the first 60000 entries, then b.
constexpr Index fan_in = 200, fan_out = 300, n_weights = fan_in * fan_out;

Vec draw(const Initialisation& init, std::uint64_t seed = 0) {
  Rng rng(seed, "test.init");
  Vec theta(n_weights + fan_out);
  init({fan_in, fan_out}, true, rng, theta);
  return theta;
}

// Mean 0 and the variance promised, each within five standard errors. `kurtosis` is that of the
// distribution: 3 normal, 1.8 uniform.
void check_moments(const Vec& x, double variance, double kurtosis) {
  const double n = static_cast<double>(x.size());
  CHECK(std::abs(x.mean()) < 5.0 * std::sqrt(variance / n));
  CHECK(std::abs(x.squaredNorm() / n - variance) <
        5.0 * variance * std::sqrt((kurtosis - 1.0) / n));
}

}  // namespace

TEST_CASE("weights have the variance of their scheme", "[initialisation]") {
  const struct {
    const char* name;
    double variance;
  } schemes[] = {{"he", 2.0 / fan_in},
                 {"xavier", 2.0 / (fan_in + fan_out)},
                 {"lecun", 1.0 / fan_in},
                 {"mean_field", 1.44 / fan_in}};
  for (const auto& scheme : schemes) {
    for (const bool normal : {true, false}) {
      CAPTURE(scheme.name, normal);
      const Vec theta = draw(
          {.name = scheme.name, .distribution = normal ? "normal" : "uniform", .sigma_w = 1.2});
      const Vec W = theta.head(n_weights);
      check_moments(W, scheme.variance, normal ? 3.0 : 1.8);
      const double largest = W.cwiseAbs().maxCoeff() / std::sqrt(3.0 * scheme.variance);
      CHECK((normal ? largest > 1.5 : largest <= 1.0));
      CHECK(theta.tail(fan_out).isZero(0.0));
    }
  }
}

TEST_CASE("mean-field biases have variance sigma_b^2", "[initialisation]") {
  const Vec theta = draw({.name = "mean_field", .sigma_b = 0.3});
  check_moments(theta.tail(fan_out), 0.09, 3.0);
}

TEST_CASE("PyTorch's default is uniform up to 1/sqrt(fan_in), biases too", "[initialisation]") {
  const Vec theta = draw({.name = "pytorch"});
  const double bound = 1.0 / std::sqrt(static_cast<double>(fan_in));
  check_moments(theta.head(n_weights), bound * bound / 3.0, 1.8);
  check_moments(theta.tail(fan_out), bound * bound / 3.0, 1.8);
  CHECK(theta.cwiseAbs().maxCoeff() < bound);
  CHECK(theta.head(n_weights).cwiseAbs().maxCoeff() > 0.999 * bound);
}

TEST_CASE("orthogonal weights have orthonormal columns or rows", "[initialisation]") {
  using RowMajor = Eigen::Matrix<double, -1, -1, Eigen::RowMajor>;
  const auto [in, out] = GENERATE(table<Index, Index>({{30, 50}, {50, 30}, {40, 40}}));
  Rng rng(1, "test.init");
  Vec theta(in * out);
  Initialisation{.name = "orthogonal"}({in, out}, false, rng, theta);
  const Eigen::Map<RowMajor> W(theta.data(), out, in);
  const Mat gram = in <= out ? Mat(W.transpose() * W) : Mat(W * W.transpose());
  CHECK((gram - Mat::Identity(gram.rows(), gram.cols())).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("random orthogonal matrices prefer no direction", "[initialisation]") {
  // For a uniform Q of size 3 an entry has mean 0, variance 1/3 and E Q^4 = 1/5.
  Rng rng(2, "test.init");
  const int n = 20000;
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double q = random_orthogonal(3, 3, rng)(0, 0);
    sum += q;
    squares += q * q;
  }
  CHECK(std::abs(sum / n) < 5.0 * std::sqrt(1.0 / 3.0 / n));
  CHECK(std::abs(squares / n - 1.0 / 3.0) < 5.0 * std::sqrt((1.0 / 5.0 - 1.0 / 9.0) / n));
}

TEST_CASE("gains multiply weights and leave biases", "[initialisation]") {
  const Vec plain = draw({}), doubled = draw({.gain = 2.0, .layer_gains = {1.5}});
  CHECK(doubled.head(n_weights).isApprox(3.0 * plain.head(n_weights), 1e-15));
  CHECK(doubled.tail(fan_out) == plain.tail(fan_out));
  CHECK_THROWS_WITH((Initialisation{.layer_gains = {1.0, 2.0}}.check(3)),
                    Contains("init.layer_gains has 2 entries but the network has 3 layers"));
}

TEST_CASE("a start follows its seed and zero is zero", "[initialisation]") {
  CHECK(draw({}, 1) == draw({}, 1));
  CHECK(draw({}, 1) != draw({}, 2));
  CHECK(draw({.name = "zero"}).isZero(0.0));
}
