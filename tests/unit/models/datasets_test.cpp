#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <set>
#include <thalweg/core/error.hpp>
#include <thalweg/models/datasets/data_path.hpp>

#include "support/catch.hpp"
#include "support/datasets.hpp"

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

std::vector<int> class_counts(const Dataset& data) {
  std::vector<int> counts(data.classes.size());
  for (const int label : data.labels) ++counts[static_cast<std::size_t>(label)];
  return counts;
}

struct Environment {
  explicit Environment(const char* folder) { setenv("THALWEG_DATA", folder, 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { unsetenv("THALWEG_DATA"); }
};

}  // namespace

TEST_CASE("the shipped digits are UCI's 1797 images", "[datasets]") {
  Digits digits;
  digits.preparation.scaling = "none";
  const Dataset data(digits);
  REQUIRE(data.X.rows() == 1797);
  REQUIRE(data.X.cols() == 64);
  CHECK(class_counts(data) == std::vector<int>{178, 182, 177, 183, 181, 182, 181, 179, 174, 180});
  CHECK(data.X.sum() == 561718.0);
  CHECK(data.X.minCoeff() == 0.0);
  CHECK(data.X.maxCoeff() == 16.0);
  CHECK(data.Y.rowwise().sum().isOnes(0.0));
  for (Index i = 0; i < data.size(); ++i)
    REQUIRE(data.Y(i, data.labels[static_cast<std::size_t>(i)]) == 1.0);
}

TEST_CASE("the shipped iris flowers have the published means", "[datasets]") {
  Iris iris;
  iris.preparation.scaling = "none";
  const Dataset data(iris);
  REQUIRE(data.X.rows() == 150);
  CHECK(class_counts(data) == std::vector<int>{50, 50, 50});
  // Means of the four columns as in the data set's description: 5.84, 3.05, 3.76, 1.20, cut to two
  // decimals there.
  const Vec mean = data.X.colwise().mean().transpose();
  CHECK((mean - Vec{{5.84, 3.05, 3.76, 1.20}}).cwiseAbs().maxCoeff() < 0.01);
}

TEST_CASE("scalings have the moments they promise", "[datasets]") {
  Digits digits;
  SECTION("global: one mean, one deviation, as in the published comparisons") {
    const Dataset data(digits);
    CHECK(std::abs(data.X.mean()) < 1e-13);
    CHECK(data.X.array().square().mean() == Approx(1.0).epsilon(1e-11));  // a plain sum
    // Mean and deviation of the raw pixels by numpy, which sums pairwise too.
    CHECK(data.X(0, 0) == Approx(-4.884164579855314 / 6.016787548672236).epsilon(1e-14));
  }
  SECTION("standard: every feature on its own, constant ones become zero") {
    digits.preparation.scaling = "standard";
    const Dataset data(digits);
    CHECK(data.X.colwise().mean().cwiseAbs().maxCoeff() < 1e-13);
    CHECK(data.X.col(0).isZero(0.0));  // a corner pixel that is never set
    CHECK(data.X.col(20).squaredNorm() == Approx(1797.0).epsilon(1e-12));
  }
  SECTION("unit: smallest 0, largest 1") {
    digits.preparation.scaling = "unit";
    const Dataset data(digits);
    CHECK(data.X.minCoeff() == 0.0);
    CHECK(data.X.maxCoeff() == 1.0);
  }
  SECTION("held-out samples are scaled with the training samples' numbers") {
    digits.preparation.test_fraction = 0.25;
    digits.preparation.scaling = "none";
    const Dataset raw(digits);
    digits.preparation.scaling = "standard";
    const Dataset data(digits);
    const Index pixel = 20;
    const double mean = raw.X.col(pixel).mean();
    const double deviation = std::sqrt((raw.X.col(pixel).array() - mean).square().mean());
    CHECK(data.X_test(7, pixel) == Approx((raw.X_test(7, pixel) - mean) / deviation));
    CHECK(std::abs(data.X.col(pixel).mean()) < 1e-13);
    CHECK(std::abs(data.X_test.col(pixel).mean()) > 1e-6);
  }
}

TEST_CASE("a split is disjoint, complete and follows its seed", "[datasets]") {
  // Distinct inputs 0..99 identify the samples.
  Dataset raw{.name = "numbers", .X = Samples(100, 1), .Y = Samples(100, 1)};
  for (Index i = 0; i < 100; ++i) raw.X(i, 0) = raw.Y(i, 0) = static_cast<double>(i);
  const Dataset data = Preparation{.test_fraction = 0.3, .split_seed = 5}(raw);
  REQUIRE(data.X.rows() == 70);
  REQUIRE(data.X_test.rows() == 30);
  std::set<double> seen(data.X.data(), data.X.data() + 70);
  seen.insert(data.X_test.data(), data.X_test.data() + 30);
  CHECK(seen.size() == 100);
  CHECK(data.Y_test == data.X_test);

  CHECK(Preparation{.test_fraction = 0.3, .split_seed = 5}(raw).X_test == data.X_test);
  CHECK(Preparation{.test_fraction = 0.3, .split_seed = 6}(raw).X_test != data.X_test);
  CHECK_THAT(data.description, Contains("70 for training, 30 held out with split_seed 5"));
}

TEST_CASE("a split keeps labels with their samples", "[datasets]") {
  const auto data = test::small_iris();
  REQUIRE(data->labels.size() == 48);
  REQUIRE(data->labels_test.size() == 12);
  for (Index i = 0; i < 12; ++i)
    CHECK(data->Y_test(i, data->labels_test[static_cast<std::size_t>(i)]) == 1.0);
}

TEST_CASE("subsets are the first samples or a seeded draw", "[datasets]") {
  Digits digits;
  digits.preparation.scaling = "none";
  const Dataset all(digits);
  digits.subset.samples = 100;
  const Dataset first(digits);
  CHECK(first.X == all.X.topRows(100));
  digits.subset.subset = "random";
  const Dataset random(digits), again(digits);
  CHECK(random.X == again.X);
  CHECK(random.X != first.X);
  digits.subset.subset_seed = 1;
  CHECK(Dataset(digits).X != random.X);
  CHECK_THAT(random.description, Contains("100 of 1797 samples drawn with subset_seed 0"));

  digits.subset.samples = 1798;
  CHECK_THROWS_WITH(Dataset(digits), Contains("samples = 1798 is more than the 1797 samples"));
}

TEST_CASE("generated data lie on their curves", "[datasets]") {
  SECTION("moons without noise are half circles of radius 1") {
    const Dataset data(TwoMoons{.samples = 51, .noise = 0.0});
    for (Index i = 0; i < 51; ++i) {
      const bool upper = data.labels[static_cast<std::size_t>(i)] == 0;
      const double x = data.X(i, 0) - (upper ? 0.0 : 1.0), y = data.X(i, 1) - (upper ? 0.0 : 0.5);
      CHECK(std::hypot(x, y) == Approx(1.0).epsilon(1e-14));
      CHECK((upper ? y : -y) > -1e-14);
    }
    CHECK(class_counts(data) == std::vector<int>{26, 25});
  }
  SECTION("a disc and a ring around it") {
    const Dataset data(Rings{.samples = 201});
    for (Index i = 0; i < 201; ++i) {
      const double r = data.X.row(i).norm();
      CHECK((data.labels[static_cast<std::size_t>(i)] == 0 ? r <= 0.5 : r >= 1.0 && r <= 1.5));
    }
    CHECK(class_counts(data) == std::vector<int>{101, 100});
  }
  SECTION("spiral arms are turned copies of each other") {
    const Dataset data(Spirals{.samples = 90, .arms = 3, .noise = 0.0});
    const double angle = 2.0 * std::numbers::pi / 3.0;
    const Eigen::Matrix2d turn{{std::cos(angle), -std::sin(angle)},
                               {std::sin(angle), std::cos(angle)}};
    const Mat first = data.X.topRows(30), second = data.X.middleRows(30, 30);
    CHECK((first * turn.transpose()).isApprox(second, 1e-14));
  }
  SECTION("Chebyshev targets satisfy the recurrence T_5 = 2 x T_4 - T_3") {
    const Dataset t3(Chebyshev{.degree = 3}), t4(Chebyshev{.degree = 4}),
        t5(Chebyshev{.degree = 5});
    REQUIRE(t4.X.rows() == 20);
    CHECK(t4.X(0, 0) == -1.0);
    CHECK(t4.X(19, 0) == 1.0);
    const Samples recurrence = 2.0 * t4.X.cwiseProduct(t4.Y) - t3.Y;
    CHECK((recurrence - t5.Y).cwiseAbs().maxCoeff() < 1e-14);
  }
  SECTION("the damped oscillator solves x'' + 2 g x' + (g^2 + w^2) x = 0") {
    const DampedOscillator source{.samples = 3001};
    const Dataset data(source);
    const double h = data.X(1, 0) - data.X(0, 0), g = source.damping, w = source.frequency;
    double worst = 0.0;
    for (Index i = 1; i < 3000; ++i) {
      const double x0 = data.Y(i - 1, 0), x1 = data.Y(i, 0), x2 = data.Y(i + 1, 0);
      worst = std::max(
          worst, std::abs((x2 - 2 * x1 + x0) / (h * h) + g * (x2 - x0) / h + (g * g + w * w) * x1));
    }
    // Second differences: h^2/12 x'''' + g h^2/3 x''', h = 2e-3, derivatives up to 16^2 w.
    CHECK(worst < 4e-4);
  }
}

TEST_CASE("random data have the moments of their distribution", "[datasets]") {
  SECTION("mixture: spread inside a class") {
    const Dataset data(GaussianMixture{.samples = 20000, .classes = 2, .dim = 3, .spread = 0.5});
    const auto rows = data.X.topRows(10000);
    const Eigen::RowVectorXd mean = rows.colwise().mean();
    // 3e4 squares of deviation sqrt(2) times the variance: five standard errors.
    const double variance = (rows.rowwise() - mean).squaredNorm() / 3e4;
    CHECK(std::abs(variance - 0.25) < 5.0 * 0.25 * std::sqrt(2.0 / 3e4));
  }
  SECTION("teacher: linear targets have the variance of an orthonormal sum") {
    const Dataset data(
        TeacherStudent{.samples = 20000, .dim = 10, .teacher_width = 3, .activation = "identity"});
    const double variance = data.Y.squaredNorm() / 20000.0;  // sum of 3 independent N(0, 1)
    CHECK(std::abs(variance - 3.0) < 5.0 * 3.0 * std::sqrt(2.0 / 20000.0));
  }
}

TEST_CASE("generated data follow their seed", "[datasets]") {
  const TwoMoons a{.seed = 1};
  CHECK(Dataset(a).X == Dataset(a).X);
  CHECK(Dataset(a).X != Dataset(TwoMoons{.seed = 2}).X);
  // Every part has a stream of its own: more noise does not move the teacher or its inputs.
  CHECK(Dataset(TeacherStudent{}).X == Dataset(TeacherStudent{.noise = 1.0}).X);
  CHECK_THROWS_WITH((Dataset(Spirals{.samples = 2, .arms = 3})),
                    Contains("samples = 2 must be >= 3"));
}

TEST_CASE("a missing data file names every place that was tried", "[datasets]") {
  CHECK_THROWS_WITH(data_path("no/such.csv"), Contains("\"no/such.csv\"") &&
                                                  Contains(THALWEG_SOURCE_DIR "/data") &&
                                                  Contains(" nor in ") && Contains("THALWEG_DATA"));
  const Environment chosen("/nowhere/at/all");
  CHECK_THROWS_WITH(data_path("digits/digits.csv.gz"),
                    Contains("is not in /nowhere/at/all;") && !Contains(THALWEG_SOURCE_DIR));
}

TEST_CASE("an entry that is not finite is refused with its place", "[datasets]") {
  Dataset raw{.name = "broken", .X = Samples::Zero(3, 2), .Y = Samples::Zero(3, 1)};
  raw.X(2, 1) = std::nan("");
  CHECK_THROWS_WITH(Preparation{}(raw), Contains("input 1 of sample 2 in data set \"broken\""));
  raw.X(2, 1) = 0.0;
  CHECK_THROWS_WITH(
      Preparation{.test_fraction = 0.9}(raw),
      Contains("no training samples: 3 samples, of which test_fraction = 0.9 takes 3"));
}
