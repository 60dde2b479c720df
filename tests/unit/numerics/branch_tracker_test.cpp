// Branches of eigenvectors through crossings that are known in closed form.
#include <support/catch.hpp>

#include <cmath>
#include <thalweg/numerics/branch_tracker.hpp>
#include <thalweg/numerics/dense.hpp>

using namespace thalweg;

namespace {

// The ends of a matrix's spectrum, exactly; equal eigenvalues with whatever basis the solver likes.
EigenPairs ends(const Mat& A, Index largest, Index smallest) {
  const auto all = symmetric_eigen(A);
  const Index n = A.rows(), k = largest + smallest;
  EigenPairs pairs;
  pairs.values.resize(k);
  pairs.vectors.resize(n, k);
  for (Index i = 0; i < k; ++i) {
    const Index from = i < largest ? n - 1 - i : i - largest;
    pairs.values[i] = all.values[from];
    pairs.vectors.col(i) = all.vectors.col(from);
  }
  pairs.residuals.setZero(k);
  pairs.converged.assign(static_cast<std::size_t>(k), true);
  pairs.scale = all.values.cwiseAbs().maxCoeff();
  return pairs;
}

Mat rotation(Index n, std::uint64_t seed) {
  Rng rng(seed, "branch_tracker_test");
  Mat G(n, n);
  for (Index j = 0; j < n; ++j) rng.fill_normal(G.col(j));
  return orthonormal_columns(G);
}

using Branches = std::vector<Index>;
constexpr double tolerance = 1e-6;

}  // namespace

TEST_CASE("branches cross where the sorted eigenvalues only touch", "[branches]") {
  // Eigenvalues 1 + t and 2 - t cross at t = 0.5, where a row is taken: there the vectors are any
  // basis of the plane.
  const Mat R = rotation(8, 1);
  BranchTracker tracker(2);
  for (int n = 0; n <= 10; ++n) {
    const double t = 0.1 * n;
    Vec spectrum = Vec::LinSpaced(8, 0.1, 0.5);
    spectrum[0] = 1.0 + t;
    spectrum[1] = 2.0 - t;
    const auto pairs = ends(R * spectrum.asDiagonal() * R.transpose(), 2, 1);
    CHECK(pairs.values[0] >= pairs.values[1]);
    tracker.follow(pairs, tolerance);
    CAPTURE(t);
    if (t < 0.45) CHECK(tracker.branch() == Branches{1, 2, 3});
    if (t > 0.55) CHECK(tracker.branch() == Branches{2, 1, 3});
    // The plane of the two never moves.
    if (n == 0)
      CHECK(std::isnan(tracker.overlap()));
    else
      CHECK(tracker.overlap() == Approx(1.0).epsilon(1e-12));
  }
}

TEST_CASE("an avoided crossing is no crossing, unless the rows jump over it", "[branches]") {
  // [[t, e], [e, -t]] has the eigenvalues +-sqrt(t^2 + e^2); its vectors turn by 90 degrees while t
  // goes from -inf to inf, over a few e.
  constexpr double e = 0.05;
  const auto last = [&](int rows) {
    BranchTracker tracker(1);
    for (int n = 0; n <= rows; ++n) {
      const double t = -1.0 + 2.0 * n / rows;
      const Mat A{{t, e}, {e, -t}};
      tracker.follow(ends(A, 1, 1), tolerance);
    }
    return tracker.branch();
  };
  CHECK(last(200) == Branches{1, 2});  // 0.01 apart: each turn is small
  CHECK(last(1) == Branches{2, 1});
}

TEST_CASE("of a repeated eigenvalue the space is followed, not its vectors", "[branches]") {
  BranchTracker tracker(2);
  EigenPairs pairs = ends(Vec{{3.0, 3.0, 2.0, 1.0}}.asDiagonal().toDenseMatrix(), 3, 0);
  for (int n = 0; n < 12; ++n) {
    const double a = 0.7 * n;  // what a solver may return
    pairs.vectors.col(0) = Vec{{std::cos(a), std::sin(a), 0.0, 0.0}};
    pairs.vectors.col(1) = Vec{{-std::sin(a), std::cos(a), 0.0, 0.0}};
    tracker.follow(pairs, tolerance);
    CHECK(tracker.branch() == Branches{1, 2, 3});
    if (n > 0) CHECK(tracker.cosines().minCoeff() == Approx(1.0).epsilon(1e-12));
  }
  // When the two part along the first row's vectors, each branch finds its own, in whatever order.
  const Mat parted = Vec{{3.0, 3.1, 2.0, 1.0}}.asDiagonal().toDenseMatrix();
  tracker.follow(ends(parted, 3, 0), tolerance);
  CHECK(tracker.branch() == Branches{2, 1, 3});
}

TEST_CASE("principal angles of two planes", "[branches]") {
  constexpr double angle = 0.3;
  BranchTracker tracker(2);
  EigenPairs pairs = ends(Vec{{4.0, 3.0, 2.0, 1.0}}.asDiagonal().toDenseMatrix(), 2, 0);
  tracker.follow(pairs, tolerance);
  const Vec u{{0.0, std::cos(angle), std::sin(angle), 0.0}}, v = Vec::Unit(4, 0);
  pairs.vectors.col(0) = (u + v) / std::sqrt(2.0);  // a basis that shows neither angle
  pairs.vectors.col(1) = (u - v) / std::sqrt(2.0);
  tracker.follow(pairs, tolerance);
  CHECK(tracker.cosines()[0] == Approx(1.0));
  CHECK(tracker.cosines()[1] == Approx(std::cos(angle)));
  CHECK(tracker.overlap() == Approx(0.5 * (1.0 + std::cos(angle) * std::cos(angle))));
}

TEST_CASE("a vector from outside begins a branch; one that is not found waits", "[branches]") {
  const auto at = [](double x, double y, double z) {
    return ends(Vec{{x, y, z, 0.1}}.asDiagonal().toDenseMatrix(), 2, 0);
  };
  BranchTracker tracker(2);
  tracker.follow(at(3, 2, 1), tolerance);
  tracker.follow(at(3, 2, 4), tolerance);  // the third rises over both
  CHECK(tracker.branch() == Branches{3, 1});

  auto poor = at(3, 2, 4);
  poor.converged[1] = false;
  poor.values[1] = std::nan("");
  poor.vectors.col(1) = Vec::Unit(4, 3);
  tracker.follow(poor, tolerance);
  CHECK(tracker.branch() == Branches{3, 0});
  CHECK(std::isnan(tracker.overlap()));
  tracker.follow(at(3, 2, 4), tolerance);
  CHECK(tracker.branch() == Branches{3, 1});
  CHECK(std::isnan(tracker.overlap()));  // the space before was not known

  // What is saved goes on in the same way.
  Archive archive;
  tracker.save(archive, "key");
  BranchTracker other(2);
  other.load(archive, "key");
  for (auto* t : {&tracker, &other}) t->follow(at(3, 5, 4), tolerance);
  CHECK(other.branch() == Branches{4, 3});
  CHECK(other.branch() == tracker.branch());
  CHECK(other.cosines() == tracker.cosines());
}
