// The scaled error against its definition, and infinite for anything that is not finite.
#include <support/catch.hpp>

#include <thalweg/solvers/error_norm.hpp>

#include <cmath>
#include <limits>

using namespace thalweg;

TEST_CASE("the error norm is the RMS of entries scaled by their tolerance", "[solvers]") {
  for (const Index n : {1, 3, 1024, 5000}) {
    const Vec x = Vec::LinSpaced(n, -2.0, 1.0), x_new = Vec::LinSpaced(n, 3.0, -1.5),
              err = Vec::LinSpaced(n, 1e-6, 4e-6);
    const double rtol = 1e-3, atol = 1e-5;
    double sum = 0.0;
    for (Index i = 0; i < n; ++i)
      sum += std::pow(err[i] / (atol + rtol * std::max(std::abs(x[i]), std::abs(x_new[i]))), 2);
    // Another order of summation: n rounding errors at most.
    CHECK(error_norm(err, x, x_new, rtol, atol) ==
          Approx(std::sqrt(sum / static_cast<double>(n))).epsilon(1e-12));
  }
}

TEST_CASE("NaN and infinity make the error infinite wherever they are", "[solvers][failure]") {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {std::nan(""), infinity, -infinity})
    for (const Index i : {0, 1500, 2999}) {
      const Vec good = Vec::Ones(3000);
      Vec spoiled = good;
      spoiled[i] = bad;
      CHECK(error_norm(spoiled, good, good, 1e-6, 1e-9) == infinity);
      // An infinite new state makes its own scale infinite and must not hide behind it.
      CHECK(error_norm(good, good, spoiled, 1e-6, 1e-9) == infinity);
      CHECK(scaled_norm(spoiled, good, 1e-6, 1e-9) == infinity);
      CHECK(worst_entry(spoiled, good, good, 1e-6, 1e-9) == i);
      CHECK(worst_entry(good, good, spoiled, 1e-6, 1e-9) == i);
    }
}

TEST_CASE("an entry that stays 0 passes a purely relative test", "[solvers]") {
  const Vec zero = Vec::Zero(4);
  CHECK(error_norm(zero, zero, zero, 1e-6, 0.0) == 0.0);
  CHECK(error_norm(Vec::Constant(4, 1e-3), zero, zero, 1e-6, 0.0) > 1e100);
}

TEST_CASE("entries are named by their block", "[solvers]") {
  const Layout layout{{"W1", 0, {2, 3}}, {"b1", 6, {2}}};
  CHECK(entry_name(layout, 7) == "entry 7 (b1[1])");
  CHECK(entry_name(layout, 5) == "entry 5 (W1[5])");
}
