#include <support/catch.hpp>

#include <cmath>
#include <thalweg/core/rng.hpp>
#include <thalweg/numerics/box_growth.hpp>

using namespace thalweg;

TEST_CASE("growth of boxes by hand", "[box_growth]") {
  // Two groups: N = 4, 4 * 3 and 4, 4 * 1; the mean is 4 and 8.
  const auto growth = box_growth({{{4}, {2, 4}}, {{4}, {1, 1}}}, 2.0);
  CHECK(growth.boxes == std::vector<double>{4.0, 8.0});
  CHECK(growth.dimension[0] == Approx(2.0));
  CHECK(growth.dimension[1] == Approx(1.0));
  CHECK(growth.whole == Approx(1.0));
  CHECK(growth.boxes_error[0] == 0.0);
  CHECK(growth.boxes_error[1] == Approx(4.0));  // of a mean of 12 and 4: half their difference
  CHECK(growth.dimension_error[1] == Approx(0.5 * std::log2(3.0)));

  const auto lost = box_growth({{{4}, {0, 0}, {}}, {{4}, {0, 0}, {}}}, 2.0);
  CHECK(lost.boxes[2] == 0.0);
  CHECK(std::isnan(lost.dimension[1]));
  CHECK(std::isnan(lost.whole));
  CHECK(std::isnan(box_growth({{{4}}}, 2.0).whole_error));
}

TEST_CASE("growth of boxes is that of the Sierpinski carpet, and of a line, at once",
          "[box_growth]") {
  const auto run = [](Index parts) {
    return box_growth({{{parts}, {parts, parts}, {parts}}, {{parts}, {parts}, {parts, parts}}},
                      3.0);
  };
  CHECK(run(8).whole == Approx(std::log(8.0) / std::log(3.0)).epsilon(1e-14));
  CHECK(run(3).whole == Approx(1.0).epsilon(1e-14));
  CHECK(run(8).whole_error < 1e-14);
}

// A set of two pieces: of 8 parts of a box one is rough and multiplies by 64, seven are smooth and
// multiply by 8: N = 8, 7 * 8 + 64, 7 * 64 + 4096. The rough eighth takes over, so that a single
// path sees dimension 1 seven times of eight; the estimate must see the mean of all.
TEST_CASE("growth of boxes finds the piece that takes over, within its error", "[box_growth]") {
  const std::vector<double> exact = {8.0, 120.0, 4544.0};
  constexpr int trials = 400;
  Rng rng(5, "test.growth");
  double mean = 0.0, square = 0.0, claimed = 0.0;
  for (int t = 0; t < trials; ++t) {
    std::vector<BoxParts> groups(4);
    for (auto& group : groups) {
      Index smooth = 7, rough = 1;  // boxes to draw from
      group = {{8}};
      for (int k = 1; k < 3; ++k) {
        auto& parts = group.emplace_back();
        Index next_smooth = 0, next_rough = 0;
        for (int i = 0; i < 6; ++i) {
          const bool is_rough = rng.below(smooth + rough) < rough;
          parts.push_back(is_rough ? 64 : 8);
          (is_rough ? next_rough : next_smooth) += parts.back();
        }
        smooth = next_smooth;
        rough = next_rough;
      }
    }
    const auto growth = box_growth(groups, 8.0);
    mean += growth.boxes[2] / trials;
    square += growth.boxes[2] * growth.boxes[2] / trials;
    claimed += growth.boxes_error[2] * growth.boxes_error[2] / trials;
  }
  const double variance = square - mean * mean;
  // Unbiased: within 4 standard errors, wrong once in 16000.
  CHECK(std::abs(mean - exact[2]) < 4.0 * std::sqrt(variance / trials));
  // The jackknife's variance of a mean is unbiased too; 400 draws of it scatter by some 8 %.
  CHECK(claimed == Approx(variance).epsilon(0.3));
}
