#include <support/catch.hpp>

#include <cmath>
#include <limits>
#include <thalweg/numerics/box_counting.hpp>

using namespace thalweg;

namespace {

// The Sierpinski carpet after k cuts: 8 of 9 squares stay.
CellSet carpet(int k) {
  Index side = 1;
  for (int i = 0; i < k; ++i) side *= 3;
  CellSet set{side, side, std::vector<std::uint8_t>(static_cast<std::size_t>(side * side))};
  for (Index i = 0; i < side; ++i)
    for (Index j = 0; j < side; ++j) {
      bool in = true;
      for (Index a = i, b = j; a > 0 || b > 0; a /= 3, b /= 3)
        in = in && (a % 3 != 1 || b % 3 != 1);
      set.cells[static_cast<std::size_t>(i * side + j)] = in ? 1 : 0;
    }
  return set;
}

double dimension(const CellSet& set, const std::vector<Index>& sizes) {
  return quantile(box_slopes(sizes, box_counts(set, sizes)), 0.5);
}

}  // namespace

TEST_CASE("box counting finds the dimension of the Sierpinski carpet", "[box_counting]") {
  const double exact = std::log(8.0) / std::log(3.0);  // 1.8928
  const auto set = carpet(7);
  // On its own grid of threes every box of side 3^m is whole or empty: N = 8^(7 - m).
  CHECK(box_counts(set, {1, 3, 9, 27}) == std::vector<Index>{2097152, 262144, 32768, 4096});
  CHECK(dimension(set, {1, 3, 9, 27, 81, 243}) == Approx(exact).epsilon(1e-12));
  // Boxes of 2, 4, 8, ... fit it badly, as they do any real set.
  CHECK(dimension(set, box_sizes(set.rows)) == Approx(exact).epsilon(0.0).margin(0.03));
}

TEST_CASE("box counting finds dimension 1 of lines and a circle", "[box_counting]") {
  const Index n = 512;
  for (const double angle : {0.0, 0.2, 0.6, 1.1, 1.5}) {
    std::vector<double> values;
    for (Index i = 0; i < n; ++i)
      for (Index j = 0; j < n; ++j)
        values.push_back(std::cos(angle) * (static_cast<double>(i) - 255.8) -
                         std::sin(angle) * (static_cast<double>(j) - 255.9));
    CHECK(dimension(sign_changes(values, n, n), box_sizes(n)) ==
          Approx(1.0).epsilon(0.0).margin(0.03));
  }
  std::vector<double> disc;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j)
      disc.push_back(170.3 -
                     std::hypot(static_cast<double>(i) - 255.8, static_cast<double>(j) - 255.9));
  CHECK(dimension(sign_changes(disc, n, n), box_sizes(n)) == Approx(1.0).epsilon(0.0).margin(0.03));
}

TEST_CASE("the boundary is where four neighbours do not have one sign", "[box_counting]") {
  const std::vector<double> values = {1.0, 2.0, -1.0,  //
                                      1.0, 1.0, -2.0,  //
                                      1.0, 1.0, 3.0};
  const auto set = sign_changes(values, 3, 3);
  CHECK(set.cells == std::vector<std::uint8_t>{0, 1, 0, 1});
  CHECK(set.count() == 2);
  CHECK(box_counts(set, {1, 2}) == std::vector<Index>{2, 1});
  const std::vector<double> flat(9, 1.0);
  const auto none = sign_changes(flat, 3, 3);
  CHECK(box_slopes({1, 2}, box_counts(none, {1, 2})).empty());
  CHECK(std::isnan(quantile({}, 0.5)));
  CHECK(quantile({3.0, 1.0, 2.0}, 0.5) == 2.0);
  CHECK(quantile({1.0, 2.0}, 0.25) == 1.25);
}
