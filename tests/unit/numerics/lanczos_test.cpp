// Eigenpairs and densities of matrices whose spectrum is known, or found by a dense solver.
#include <Spectra/SymEigsSolver.h>
#include <support/catch.hpp>

#include <algorithm>
#include <cmath>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/numerics/dense.hpp>
#include <thalweg/numerics/drafted_lanczos.hpp>
#include <thalweg/numerics/gradient_differences.hpp>
#include <thalweg/numerics/lanczos.hpp>
#include <thalweg/numerics/spectra_eigenpairs.hpp>
#include <thalweg/numerics/stochastic_lanczos.hpp>
#include <thalweg/numerics/warm_start.hpp>

using namespace thalweg;

namespace {

// Q diag(spectrum) Q' with random reflections.
struct Known {
  Vec spectrum;
  Quadratic q{spectrum, 5, 1};
  SymmetricProduct product = [this](MatIn V, MatOut AV) {
    for (Index j = 0; j < V.cols(); ++j) q.hvp(V.col(j), V.col(j), AV.col(j));
  };
};

Vec sorted(Vec x) {
  std::sort(x.begin(), x.end());
  return x;
}

const Mat no_start(0, 0);

}  // namespace

TEST_CASE("both ends of a known spectrum, with honest residuals", "[lanczos]") {
  Vec spectrum(120);
  for (Index i = 0; i < 120; ++i)
    spectrum[i] = std::sin(0.7 * static_cast<double>(i)) +
                  (i > 116 ? 2.0 * static_cast<double>(i - 116) : 0.0);
  Known known{spectrum};
  Rng rng(1, "test");
  const auto found = lanczos(known.product, 120, no_start,
                             {.largest = 4, .smallest = 2, .tolerance = 1e-9, .basis = 60}, rng);
  const Vec exact = sorted(spectrum);
  REQUIRE(found.all_converged());
  for (Index i = 0; i < 4; ++i) CHECK(std::abs(found.values[i] - exact[119 - i]) < 1e-8);
  for (Index i = 0; i < 2; ++i) CHECK(std::abs(found.values[4 + i] - exact[i]) < 1e-8);
  // The residual that is reported is the residual.
  Mat AU(120, 6);
  known.product(found.vectors, AU);
  for (Index i = 0; i < 6; ++i) {
    const double residual = (AU.col(i) - found.values[i] * found.vectors.col(i)).norm();
    // 1e-12: rounding of products of size 8 over some hundred steps
    CHECK(std::abs(residual - found.residuals[i]) < 1e-12);
    CHECK(std::abs(found.vectors.col(i).norm() - 1.0) < 1e-12);
    CHECK((found.iterations[static_cast<std::size_t>(i)] > 4 &&
           found.iterations[static_cast<std::size_t>(i)] <= found.products));
  }
  CHECK(found.iterations[0] <
        found.iterations[4]);  // an outlier is found before an end of the bulk
}

TEST_CASE("agreement with Spectra on a matrix without structure", "[lanczos]") {
  const Index n = 120;
  Mat M(n, n);
  Rng rng(7, "test");
  rng.fill_normal(M.reshaped());
  M = Mat(M + M.transpose());
  Spectra::DenseSymMatProd<double> op(M);
  Spectra::SymEigsSolver<Spectra::DenseSymMatProd<double>> peer(op, 5, 40);
  peer.init();
  peer.compute(Spectra::SortRule::LargestAlge, 1000, 1e-12);
  REQUIRE(peer.info() == Spectra::CompInfo::Successful);
  const auto found = lanczos([&](MatIn V, MatOut AV) { AV.noalias() = M * V; }, n, no_start,
                             {.largest = 5, .tolerance = 1e-10, .basis = 40}, rng);
  REQUIRE(found.all_converged());
  // Eigenvalues of size 30, both to 1e-10 of that in the residual and better in the value.
  CHECK((found.values - peer.eigenvalues()).cwiseAbs().maxCoeff() < 1e-9);
}

TEST_CASE("both ends by Spectra, with residuals measured anew", "[lanczos]") {
  // A cluster next to zero at the lower end, which is measured against the largest magnitude.
  Vec spectrum(200);
  spectrum << -2.0, Vec::LinSpaced(196, 0.0, 1e-3), 3.0, 5.0, 5.5;
  Known known{spectrum};
  Rng rng(3, "test");
  const auto found = spectra_eigenpairs(
      known.product, 200, {.largest = 3, .smallest = 2, .tolerance = 1e-9, .basis = 20}, rng);
  REQUIRE(found.all_converged());
  // A residual r bounds the error of a value by r, and by r^2 / gap where there is one.
  const Vec expected = (Vec(5) << 5.5, 5.0, 3.0, -2.0, 0.0).finished();
  CHECK((found.values - expected).cwiseAbs().maxCoeff() < 1e-8);
  for (Index i = 0; i < 5; ++i) {
    Mat Au(200, 1);
    known.product(found.vectors.middleCols(i, 1), Au);
    CHECK((Au.col(0) - found.values[i] * found.vectors.col(i)).norm() <= 1e-9 * 5.5 * 1.01);
  }
  const auto few = spectra_eigenpairs(
      known.product, 200, {.largest = 3, .tolerance = 1e-12, .max_products = 8, .basis = 20}, rng);
  CHECK(few.products <= 8);
  CHECK_FALSE(few.all_converged());
  CHECK(std::isnan(few.values[0]));
}

TEST_CASE("the largest by value, not by magnitude", "[lanczos]") {
  Known known{(Vec(6) << -50.0, -3.0, 0.5, 1.0, 2.0, 4.0).finished()};
  Rng rng(1, "test");
  const auto found = lanczos(known.product, 6, no_start, {.largest = 1, .tolerance = 1e-12}, rng);
  CHECK(std::abs(found.values[0] - 4.0) < 1e-10);
}

TEST_CASE("what has not converged is NaN with its residual", "[lanczos]") {
  Known known{Vec::LinSpaced(400, 0.0, 1.0)};
  Rng rng(1, "test");
  const auto found = lanczos(known.product, 400, no_start,
                             {.largest = 3, .tolerance = 1e-10, .max_products = 12}, rng);
  CHECK(found.products == 12);
  CHECK_FALSE(found.all_converged());
  for (Index i = 0; i < 3; ++i) {
    CHECK(std::isnan(found.values[i]));
    CHECK(found.residuals[i] > 1e-10);
  }
}

TEST_CASE("a repeated eigenvalue needs a block or a probe, and a single vector misses it",
          "[lanczos]") {
  Vec spectrum = Vec::LinSpaced(200, 0.0, 1.0);
  spectrum.tail(3) << 2.0, 3.0, 3.0;
  Known known{spectrum};
  const auto top_two = [&](Index block, Index probe) {
    Rng rng(4, "test");
    Mat start(200, block);
    for (Index j = 0; j < block; ++j) rng.fill_normal(start.col(j));
    return lanczos(known.product, 200, start, {.largest = 2, .tolerance = 1e-6, .probe = probe},
                   rng);
  };
  CHECK(top_two(1, 0).values[1] == Approx(2.0));  // it cannot know better
  CHECK(std::abs(top_two(2, 0).values[1] - 3.0) < 1e-8);
  const auto probed = top_two(1, 30);
  REQUIRE(probed.all_converged());
  CHECK(std::abs(probed.values[1] - 3.0) < 1e-8);
}

TEST_CASE("a start from the wanted vectors is cheaper than a random one", "[lanczos]") {
  Vec spectrum = Vec::LinSpaced(500, 0.0, 1.0);
  spectrum.tail(3) << 4.0, 5.0, 7.0;
  Known known{spectrum};
  Rng rng(2, "test");
  const LanczosOptions options{.largest = 3, .tolerance = 1e-6};
  const auto cold = lanczos(known.product, 500, no_start, options, rng);
  Mat start = cold.vectors.rowwise().sum();
  const auto warm = lanczos(known.product, 500, start, options, rng);
  CHECK(warm.products <= 5);
  CHECK(warm.products < cold.products);
}

TEST_CASE("small, zero and one-dimensional matrices", "[lanczos]") {
  Rng rng(1, "test");
  Known one{(Vec(1) << -2.0).finished()};
  CHECK(lanczos(one.product, 1, no_start, {.largest = 5}, rng).values[0] == Approx(-2.0));
  Known three{(Vec(3) << 1.0, 1.0, 1.0).finished()};  // one Krylov vector is all there is
  const auto all = lanczos(three.product, 3, no_start, {.largest = 3, .tolerance = 1e-12}, rng);
  REQUIRE(all.values.size() == 3);
  CHECK((all.values.array() - 1.0).abs().maxCoeff() < 1e-12);
  const SymmetricProduct zero = [](MatIn, MatOut AV) { AV.setZero(); };
  CHECK(lanczos(zero, 20, no_start, {.largest = 2}, rng).values[1] == 0.0);
}

TEST_CASE("a draft leaves one product for each pair, and the pairs are those of the matrix",
          "[lanczos]") {
  Vec spectrum = Vec::LinSpaced(500, -0.5, 1.0);
  spectrum.tail(3) << 4.0, 5.0, 7.0;
  spectrum[0] = -2.0;
  Known known{spectrum}, off{Vec(spectrum.array() + 0.3)};
  const LanczosOptions options{.largest = 3, .smallest = 1, .tolerance = 1e-4};
  // The largest error of an eigenvalue, with what residuals are and what they are said to be.
  const auto check = [&](const EigenPairs& found) {
    REQUIRE(found.all_converged());
    // The error of an eigenvalue is below residual^2 / gap: (1e-4 times 7)^2, with gaps of 1.
    const Vec exact = (Vec(4) << 7.0, 5.0, 4.0, -2.0).finished();
    CHECK((found.values - exact).cwiseAbs().maxCoeff() < 1e-6);
    Mat AU(500, 4);
    known.product(found.vectors, AU);
    for (Index i = 0; i < 4; ++i)  // 1e-12: rounding
      CHECK(std::abs((AU.col(i) - found.values[i] * found.vectors.col(i)).norm() -
                     found.residuals[i]) < 1e-12);
  };
  Rng rng(2, "test");
  Mat start(500, 1);
  rng.fill_normal(start.col(0));
  const auto search = [&](const SymmetricProduct& draft) {
    auto found = drafted_lanczos(known.product, draft, 500, start, options, rng);
    check(found);
    return found;
  };
  const auto plain = lanczos(known.product, 500, start, options, rng);

  const Vec q = Vec::Ones(500);
  Vec g(500);
  known.q.gradient(q, g);
  const auto close =
      search(gradient_differences([&](In x, Out at_x) { known.q.gradient(x, at_x); }, q, g));
  CHECK(close.products == 4);
  // A tolerance of 1 % less may take one more.
  CHECK((close.drafts >= plain.products && close.drafts <= plain.products + 1));
  CHECK(close.iterations[0] > 4);

  // Another symmetric matrix: its vectors are as good a start as they are, here perfect ones, and
  // with values of its own.
  CHECK(search(off.product).products == 4);

  // One that is not symmetric is given up before it costs much, and as if it had never been.
  Rng noise(9, "test");
  const auto noisy = search([&](MatIn V, MatOut AV) {
    known.product(V, AV);
    Vec e(500);
    noise.fill_normal(e);
    AV.col(0) += 1e-3 * e;
  });
  CHECK(noisy.drafts <= 3);
  CHECK_FALSE(noisy.draft_held);
  CHECK(noisy.products == plain.products);

  // One whose vectors are wrong costs products, not correctness.
  Known turned{spectrum, Quadratic(spectrum, 6, 1)};
  CHECK(search(turned.product).products > 4);
}

TEST_CASE("the probe of a draft finds a copy, and the bound holds for drafts and products together",
          "[lanczos]") {
  Vec spectrum = Vec::LinSpaced(200, 0.0, 1.0);
  spectrum.tail(3) << 2.0, 3.0, 3.0;
  Known known{spectrum};
  Rng rng(4, "test");
  LanczosOptions options{.largest = 2, .tolerance = 1e-5, .probe = 30};
  const auto found = drafted_lanczos(known.product, known.product, 200, no_start, options, rng);
  REQUIRE(found.all_converged());
  CHECK(found.products == 2);
  CHECK((found.values.array() - 3.0).abs().maxCoeff() < 1e-8);

  options.max_products = 9;
  const auto few = drafted_lanczos(known.product, known.product, 200, no_start, options, rng);
  CHECK(few.products + few.drafts <= 9);
  CHECK_FALSE(few.all_converged());
  CHECK((std::isnan(few.values[1]) && few.residuals[1] > 0.0));
  // A bound below what the check alone takes.
  options.max_products = 1;
  const auto least = drafted_lanczos(known.product, known.product, 200, no_start, options, rng);
  CHECK(least.products + least.drafts <= 1);
}

TEST_CASE("quadrature nodes reproduce the moments of each probe", "[slq]") {
  const Index n = 60, steps = 12;
  Known known{Vec::LinSpaced(n, -0.5, 1.5)};
  Rng rng(3, "test"), again(3, "test");
  const auto q = stochastic_lanczos(known.product, n, steps, 3, rng);
  Mat v(n, 3), w(n, 3), power;
  for (Index j = 0; j < 3; ++j) {
    again.fill_normal(v.col(j));
    v.col(j).normalize();
  }
  power = v;
  for (int k = 0; k < 2 * steps; ++k) {
    for (Index j = 0; j < 3; ++j) {
      double moment = 0.0;
      for (Index i = 0; i < steps; ++i) moment += q.weights(i, j) * std::pow(q.nodes(i, j), k);
      CHECK(std::abs(moment - v.col(j).dot(power.col(j))) < 1e-10);
    }
    known.product(power, w);
    power = w;
  }
}

TEST_CASE("trace and Frobenius norm are within their errors", "[slq]") {
  const Vec spectrum = Vec::LinSpaced(400, -0.2, 1.0);
  Known known{spectrum};
  int inside = 0;
  constexpr int seeds = 60;
  for (int seed = 0; seed < seeds; ++seed) {
    Rng rng(static_cast<std::uint64_t>(seed), "test");
    const auto q = stochastic_lanczos(known.product, 400, 10, 10, rng);
    const auto trace = trace_of_power(q, 1);
    // Student's t with 9 degrees of freedom: 2.262 standard errors hold 95 %.
    inside += std::abs(trace.value - spectrum.sum()) < 2.262 * trace.standard_error;
    const auto frobenius = frobenius_norm(q);
    CHECK(frobenius.value == Approx(spectrum.norm()).epsilon(0.1));
  }
  // 57 are expected; a binomial of 60 with 0.95 leaves [52, 60] once in 200.
  CHECK(inside >= 52);
}

TEST_CASE("the density integrates to one and its band holds the smoothed truth", "[slq]") {
  const Index n = 200;
  Vec spectrum(n);
  for (Index i = 0; i < n; ++i) spectrum[i] = std::pow(static_cast<double>(i) / n, 3.0);
  Known known{spectrum};
  const double width = 0.03;
  const Vec x = Vec::LinSpaced(60, 0.0, 1.0);
  Vec truth(x.size());
  for (Index i = 0; i < x.size(); ++i)
    truth[i] = (-0.5 * ((x[i] - spectrum.array()) / width).square()).exp().mean() /
               (width * std::sqrt(2.0 * 3.14159265358979));
  int inside = 0, all = 0;
  for (int seed = 0; seed < 50; ++seed) {
    Rng rng(static_cast<std::uint64_t>(seed), "test");
    const auto d = spectral_density(stochastic_lanczos(known.product, n, 40, 10, rng), x, width);
    for (Index i = 0; i < x.size(); ++i) {
      inside += d.low[i] <= truth[i] && truth[i] <= d.high[i];
      ++all;
    }
  }
  const double share = static_cast<double>(inside) / all;
  CHECK((share > 0.90 && share < 0.98));
  Rng rng(1, "test");
  const auto q = stochastic_lanczos(known.product, n, 40, 10, rng);
  const auto wide = spectral_density(q, Vec::LinSpaced(4000, -1.0, 2.0), width);
  CHECK(wide.value.sum() * 3.0 / 3999.0 == Approx(1.0).epsilon(1e-6));
}

TEST_CASE("an outlier of a spiked covariance and the edge of its bulk", "[lanczos]") {
  // Baik, Ben Arous and Peche: with gamma = p/n and a spike 1 + theta, the outlier stands at
  // (1 + theta)(1 + gamma/theta), the edge at (1 + sqrt gamma)^2.
  const Index n = 1600, p = 800;
  const double gamma = 0.5, theta = 2.0;
  Mat X(n, p);
  Rng rng(5, "test");
  rng.fill_normal(X.reshaped());
  X.col(0) *= std::sqrt(1.0 + theta);
  const SymmetricProduct covariance = [&](MatIn V, MatOut AV) {
    AV.noalias() = X.transpose() * Mat(X * V) / static_cast<double>(n);
  };
  const auto top = lanczos(covariance, p, no_start, {.largest = 2, .tolerance = 1e-4}, rng);
  REQUIRE(top.all_converged());
  CHECK(top.values[0] == Approx((1.0 + theta) * (1.0 + gamma / theta)).epsilon(0.03));
  CHECK(top.values[1] == Approx(std::pow(1.0 + std::sqrt(gamma), 2)).epsilon(0.03));
}

namespace {

// A diagonal with three outliers, seen through rotations by t in planes that mix the outliers with
// each other and with the rest.
struct Turning {
  static constexpr Index dim = 300;
  Vec spectrum = [] {
    Vec x = Vec::LinSpaced(dim, -0.3, 1.0);
    x.tail(3) << 4.0, 5.0, 7.0;
    return x;
  }();
  double t = 0.0;
  static void rotate(Index i, Index j, double angle, Out x) {
    const double c = std::cos(angle), s = std::sin(angle), xi = x[i];
    x[i] = c * xi - s * x[j];
    x[j] = s * xi + c * x[j];
  }
  SymmetricProduct product = [this](MatIn V, MatOut AV) {
    for (Index k = 0; k < V.cols(); ++k) {
      Vec x = V.col(k);
      for (Index i = 0; i < 3; ++i) rotate(dim - 1 - i, 40 * i, t, x);
      rotate(dim - 1, dim - 2, 2.0 * t, x);
      x = x.cwiseProduct(spectrum);
      rotate(dim - 1, dim - 2, -2.0 * t, x);
      for (Index i = 2; i >= 0; --i) rotate(dim - 1 - i, 40 * i, -t, x);
      AV.col(k) = x;
    }
  };
};

}  // namespace

TEST_CASE("a search along a path of matrices starts from the extrapolated eigenspaces",
          "[lanczos]") {
  Turning path;
  Rng rng(6, "test");
  LanczosOptions options{.largest = 3, .tolerance = 1e-4};
  WarmStart warm;
  const auto at = [&](double t) {
    path.t = t;
    const Vec q = (Vec(2) << std::sin(t), 3.0 * t).finished();
    options.refine = !warm.empty();
    auto found = lanczos(path.product, Turning::dim, warm.empty() ? no_start : warm.columns(q),
                         options, rng);
    REQUIRE(found.all_converged());
    // The error of an eigenvalue is below its residual: (1e-4 times 7)^2 over a gap of 1, and more.
    CHECK((found.values - Vec(path.spectrum.tail(3).reverse())).cwiseAbs().maxCoeff() < 1e-6);
    warm.add(q, found);
    return found.products;
  };
  const Index cold = at(0.0);
  for (int i = 1; i < 5; ++i) at(0.002 * i);
  // Steps of unequal length: what counts is where the search is. Three products are the least.
  CHECK(at(0.013) <= 4);
  CHECK(at(0.011) <= 4);
  CHECK(cold > 8);

  // The same after a checkpoint.
  Archive archive;
  warm.save(archive, "key");
  WarmStart again;
  again.load(archive, "key");
  const Vec q = Vec::Ones(2);
  CHECK(again.columns(q) == warm.columns(q));
}

TEST_CASE("a refining search finds copies of an eigenvalue that its start holds", "[lanczos]") {
  Vec spectrum = Vec::LinSpaced(200, 0.0, 1.0);
  spectrum.tail(3) << 2.0, 3.0, 3.0;
  Known known{spectrum};
  Rng rng(8, "test");
  Mat start(200, 3);
  rng.fill_normal(start.reshaped());
  const auto found =
      lanczos(known.product, 200, start, {.largest = 3, .tolerance = 1e-6, .refine = true}, rng);
  REQUIRE(found.all_converged());
  CHECK((found.values - (Vec(3) << 3.0, 3.0, 2.0).finished()).cwiseAbs().maxCoeff() < 1e-8);
}

TEST_CASE("the continued vectors are a power step nearer, without a product", "[lanczos]") {
  Vec spectrum = Vec::LinSpaced(400, -1.0, 1.0);
  spectrum.tail(2) << 3.0, 4.0;
  Known known{spectrum};
  Rng rng(3, "test");
  const auto found = lanczos(known.product, 400, no_start, {.largest = 2, .tolerance = 1e-2}, rng);
  REQUIRE(found.all_converged());
  Mat AU(400, 2);
  known.product(found.vectors, AU);
  for (Index i = 0; i < 2; ++i)  // 1e-12: rounding
    CHECK((AU.col(i).normalized() - found.continued.col(i)).norm() < 1e-12);
}
