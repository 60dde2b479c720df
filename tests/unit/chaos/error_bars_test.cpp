// Error bars of time averages beside the same model in dense matrices (numpy), and how they are
// told.
#include "support/catch.hpp"

#include <cmath>
#include <thalweg/chaos/long_run_variance.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/with_error.hpp>

using namespace thalweg;

TEST_CASE("the variance of a total is that of the dense likelihood") {
  // numpy: inverse and determinant of the 12 x 12 covariances at the 27 coefficients
  Vec s(12), total(12);
  s << 0.3, -0.5, 1.2, -0.9, 0.4, 0.1, -0.7, 0.8, -0.2, 0.6, -1.1, 0.5;
  for (Index i = 0; i < 12; ++i) total[i] = s.head(i + 1).sum();
  Mat both(2, 12);
  both << s.transpose(), total.transpose();
  const auto of_12_5 = long_run_variance(both, 12.5), of_12 = long_run_variance(both, 12.0);
  CHECK(of_12_5.variance[0] == Approx(0.5321280782700903).epsilon(1e-10));
  CHECK(of_12_5.freedom[0] == Approx(4.923440760470508).epsilon(1e-10));
  CHECK(of_12.variance[1] == Approx(0.44898666094126927).epsilon(1e-10));
  CHECK(of_12.freedom[1] == Approx(4.563580039441984).epsilon(1e-10));
  CHECK(std::isnan(long_run_variance(both.leftCols(7), 7.0).variance[0]));
  CHECK(long_run_variance(Mat::Constant(1, 40, 0.1), 40.0).variance[0] < 1e-30);
}

TEST_CASE("numbers are told with two digits of their error") {
  CHECK(with_error(0.905558, 0.001649) == "0.9056 +- 0.0016");
  CHECK(with_error(0.00033, 0.000456) == "0.00033 +- 0.00046");
  CHECK(with_error(1234.5, 56.7) == "1234 +- 57");
  CHECK(with_error(0.5, 0.0996) == "0.50 +- 0.10");
  CHECK(with_error(-14.572, 0.0005, " ± ") == "-14.57200 ± 0.00050");
  CHECK(with_error(1.02880666e-17, 1.9e-18) == "1.03e-17 +- 1.9e-18");
  CHECK(with_error(0.25, 0.0) == "0.25 +- 0");
}

TEST_CASE("a sequence that remembers has the variance of its totals") {
  // x = 0.8 x + normal: Var(sum of n) = (9 n - 40) / 0.36
  const int n = 256, seeds = 100;
  Mat sums(seeds, n);
  for (int s = 0; s < seeds; ++s) {
    Rng rng(static_cast<std::uint64_t>(s), "test");
    double x = rng.normal() / 0.6;
    for (Index i = 0; i < n; ++i) {
      sums(s, i) = x;
      x = 0.8 * x + rng.normal();
    }
  }
  const auto found = long_run_variance(sums, n);
  // What a moving average of joined blocks leaves out of an autoregression is 13 %.
  CHECK(found.variance.mean() == Approx((9.0 * n - 40.0) / 0.36).epsilon(0.25));
  CHECK(found.freedom.maxCoeff() < n / 2);
}
