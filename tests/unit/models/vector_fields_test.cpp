// Fields of continuous depth: every field of the catalogue keeps the promises of its derivatives;
// the stable ones conserve what they say.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cmath>
#include <fstream>
#include <string>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/models/automatic_field.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/depth/fields/with_divergence.hpp>
#include <utility>
#include <vector>

using namespace thalweg;

namespace {

std::shared_ptr<const VectorField> make(const std::string& name, Index width,
                                        const std::string& text = "") {
  const auto config = Config::from_text(text, "test");
  ConfigReader reader(config);
  return vector_fields().at(name).make(reader)(width);
}

Mat normals(Index rows, Index cols, Rng& rng) {
  Mat X(rows, cols);
  rng.fill_normal(Eigen::Map<Vec>(X.data(), X.size()));
  return X;
}

// Central differences of fourth order; of smooth functions of size 1 they err by 1e-11.
template <class F>
auto slope(const F& f) {
  const double h = 1e-3;
  return ((8.0 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12.0 * h)).eval();
}

// All products of a field against differences, and against each other.
void check_derivatives(const std::shared_ptr<const VectorField>& field) {
  const Index d = field->width(), n = 3;
  const auto at = field->evaluation(n);
  Rng rng(7, "test");
  const Index p = field->n_parameters();
  const Vec theta = field->initial_parameters(rng) + 0.3 * normals(p, 1, rng).col(0);
  const Vec dtheta = normals(p, 1, rng).col(0);
  const Mat A = normals(d, n, rng), dA = normals(d, n, rng), Delta = normals(d, n, rng),
            dDelta = normals(d, n, rng);
  const double z = 0.37;
  Mat F(d, n), dF(d, n), A_bar(d, n), A_bar_dot(d, n);
  Vec theta_bar = Vec::Zero(p), theta_bar_dot = Vec::Zero(p);

  const auto f = [&](double e) {
    at->evaluate(A + e * dA, z, theta + e * dtheta, F);
    return F;
  };
  const Mat expected = slope(f);
  at->evaluate(A, z, theta, F);
  at->jvp(dA, dtheta, dF);
  CHECK((dF - expected).norm() < 1e-9 * (1.0 + expected.norm()));

  at->vjp(Delta, A_bar, theta_bar);
  const double forwards = Delta.cwiseProduct(dF).sum();
  CHECK(A_bar.cwiseProduct(dA).sum() + theta_bar.dot(dtheta) ==
        Approx(forwards).epsilon(1e-12).margin(1e-12));

  at->vjp_tangent(Delta, dDelta, A_bar_dot, theta_bar_dot);
  const auto backwards = [&](double e) {
    Mat a_bar(d, n);
    Vec t_bar = Vec::Zero(p);
    at->evaluate(A + e * dA, z, theta + e * dtheta, F);
    at->vjp(Delta + e * dDelta, a_bar, t_bar);
    Vec both(d * n + p);
    both << Eigen::Map<const Vec>(a_bar.data(), d * n), t_bar;
    return both;
  };
  const Vec both = slope(backwards);
  CHECK((Eigen::Map<const Vec>(A_bar_dot.data(), d * n) - both.head(d * n)).norm() <
        1e-9 * (1.0 + both.norm()));
  CHECK((theta_bar_dot - both.tail(p)).norm() < 1e-9 * (1.0 + both.norm()));
}

// As a user writes them.
struct Pendulum {
  Index width() const { return 2; }
  Index n_parameters(Index) const { return 3; }
  std::vector<double> breaks() const { return {2.5}; }
  template <class S>
  void rhs(const VectorOf<S>& a, double z, const VectorOf<S>& theta, RefOf<S> dadz) const {
    dadz[0] = a[1];
    dadz[1] = -theta[0] * a[1] - theta[1] * sin(a[0]) + theta[2] * std::cos(1.3 * z);
  }
};
struct AnyLinear {
  Index n_parameters(Index width) const { return width * width; }
  template <class S>
  void rhs(const VectorOf<S>& a, double, const VectorOf<S>& B, RefOf<S> dadz) const {
    for (Index i = 0; i < a.size(); ++i) {
      dadz[i] = 0.0;
      for (Index j = 0; j < a.size(); ++j) dadz[i] += B[i * a.size() + j] * a[j];
    }
  }
};

}  // namespace

TEST_CASE("derivatives of every field of the catalogue", "[depth]") {
  std::vector<std::pair<std::string, std::string>> all{
      {"linear",
       "interpolation = \"cubic\"\n[[at]]\nz = -1\n[[at]]\nz = 0.1\ngrowth = 0.7\n"
       "[[at]]\nz = 0.5\n[[at]]\nz = 2.0\nrotation = -1.0"}};
  for (const auto& entry : vector_fields().entries()) all.emplace_back(entry.name, "");
  for (const auto& [name, text] : all) {
    INFO(name << text);
    check_derivatives(make(name, 4, text));
  }
}

TEST_CASE("a law that gives its value alone has the derivatives of a field", "[depth]") {
  const FieldRecipe pendulum = FieldOf<Pendulum>::type{};
  check_derivatives(pendulum(2));
  CHECK(pendulum(2)->layout()[0].name == "theta");
  CHECK(pendulum(2)->breaks() == std::vector<double>{2.5});
  CHECK_THROWS_WITH(pendulum(3),
                    Catch::Matchers::Contains("has 2 entries, but the task and augment "
                                              "give it 3"));
  // More parameters than one pass takes, and no more of the theta part than is asked for.
  const FieldRecipe recipe = FieldOf<AnyLinear>::type{};
  check_derivatives(recipe(4));
  const auto law = recipe(4), field = make("linear", 4);
  Rng rng(2, "test");
  const Vec theta = normals(16, 1, rng).col(0);
  const Mat A = normals(4, 3, rng), Delta = normals(4, 3, rng);
  Mat F(4, 3), G(4, 3), F_bar(4, 3), G_bar(4, 3);
  Vec none, theta_bar = Vec::Zero(16), other = Vec::Zero(16);
  const auto at = law->evaluation(3), known = field->evaluation(3);
  at->evaluate(A, 0.0, theta, F);
  known->evaluate(A, 0.0, theta, G);
  CHECK((F - G).norm() < 1e-14 * G.norm());
  at->vjp(Delta, F_bar, none);
  known->vjp(Delta, G_bar, other);
  CHECK((F_bar - G_bar).norm() < 1e-14 * G_bar.norm());
  at->vjp(Delta, F_bar, theta_bar);
  CHECK((theta_bar - other).norm() < 1e-14 * other.norm());
}

TEST_CASE("a Hamiltonian field moves along the level sets of its energy", "[depth]") {
  const Index d = 6, m = 3;
  const auto field = make("hamiltonian", d, "sigma_w = 1.5\nsigma_b = 0.5");
  Rng rng(1, "test");
  const Vec theta = field->initial_parameters(rng);
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const Mat K1 = Eigen::Map<const Matrix>(theta.data(), m, m),
            K2 = Eigen::Map<const Matrix>(theta.data() + m * m, m, m);
  const auto H = [&](const Vec& a) {  // Phi = ln cosh
    return (K1 * a.tail(m) + theta.segment(2 * m * m, m)).array().cosh().log().sum() +
           (K2 * a.head(m) + theta.tail(m)).array().cosh().log().sum();
  };
  const auto at = field->evaluation(1);
  const Vec a = normals(d, 1, rng).col(0);
  Mat f(d, 1);
  at->evaluate(a, 0.0, theta, f);
  const double h = 1e-3;
  const auto along = [&](double e) { return H(a + e * f.col(0)); };
  // dH/dz = grad H . f, by differences with an error of h^4
  CHECK(std::abs(8.0 * (along(h) - along(-h)) - along(2 * h) + along(-2 * h)) / (12.0 * h) < 1e-10);
  CHECK_THROWS_AS(make("hamiltonian", 3), ModelError);
}

TEST_CASE("an antisymmetric field of one slope turns without stretching", "[depth]") {
  const Index d = 5;
  const auto field = make("antisymmetric", d, "activation = \"identity\"\ndamping = 0.25");
  Rng rng(1, "test");
  const Vec theta = field->initial_parameters(rng), a = normals(d, 1, rng).col(0);
  const auto at = field->evaluation(1);
  Mat f(d, 1);
  at->evaluate(a, 0.0, theta, f);
  CHECK(a.dot(f.col(0)) == Approx(-0.25 * a.squaredNorm()).epsilon(1e-13));
}

TEST_CASE("weights that change with depth", "[depth]") {
  const Index d = 2;
  const auto text = [](const char* kind) {
    return std::string("knots = 5\ndepth = 2.0\ninterpolation = \"") + kind +
           "\"\n[of]\nname = \"linear\"";
  };
  // B(z) that is a line in z: knots on that line reproduce it, B-splines too (their knots lie at
  // equal distances, one of them before 0).
  const auto value = [&](const char* kind, double z, double first, double spacing) {
    const auto field = make("depth_dependent", d, text(kind));
    Vec theta(field->n_parameters());
    for (Index k = 0; k < 5; ++k)
      theta.segment(4 * k, 4).setConstant(first + spacing * static_cast<double>(k));
    Mat f(d, 1);
    field->evaluation(1)->evaluate(Mat(Vec::Unit(d, 0)), z, theta, f);
    return f(0, 0);
  };
  for (const double z : {0.0, 0.3, 1.0, 1.9, 2.0}) {
    CHECK(value("linear", z, 0.0, 0.5) == Approx(z).epsilon(1e-14).margin(1e-15));
    CHECK(value("spline", z, -1.0, 1.0) == Approx(z).epsilon(1e-14).margin(1e-15));
    CHECK(value("pieces", z, 0.0, 1.0) == std::min(std::floor(z / 0.4), 4.0));
  }
  CHECK(value("linear", 3.0, 0.0, 0.5) == 2.0);  // held beyond the end
}

TEST_CASE("a linear field through the user's numbers at knots in depth", "[depth]") {
  const auto entry = [](const std::string& text, double z) {  // B_12 of 2 x 2
    const auto field = make("linear", 2, text);
    Rng rng(0, "test");
    Mat f(2, 1);
    field->evaluation(1)->evaluate(Mat(Vec::Unit(2, 1)), z, field->initial_parameters(rng), f);
    return f(0, 0);
  };
  // 1 - 3 z + 2 z^2 at knots of unequal distances: cubics reproduce it, lines at the knots.
  const auto parabola = [](double z) { return 1.0 - 3.0 * z + 2.0 * z * z; };
  std::string knots, rows = "z,B11,B12,B21,B22\n";
  for (const double z : {-0.5, 0.0, 0.3, 1.1, 2.0}) {
    knots += "[[at]]\nz = " + std::to_string(z) + "\nmatrix = [7, " + std::to_string(parabola(z)) +
             ", 0, 0]\n";
    rows += std::to_string(z) + ",7," + std::to_string(parabola(z)) + ",0,0\n";
  }
  for (const double z : {-0.5, -0.2, 0.1, 0.3, 0.9, 1.7, 2.0})
    CHECK(entry("interpolation = \"cubic\"\n" + knots, z) == Approx(parabola(z)).margin(1e-14));
  CHECK(entry(knots, 0.15) == Approx((parabola(0.0) + parabola(0.3)) / 2.0).epsilon(1e-14));
  CHECK(entry("interpolation = \"pieces\"\n" + knots, 1.0999) == Approx(parabola(0.3)));
  CHECK(entry("interpolation = \"pieces\"\n" + knots, 1.1) == Approx(parabola(1.1)));
  for (const char* kind : {"pieces", "linear", "cubic"}) {  // held beyond the ends
    const auto text = std::string("interpolation = \"") + kind + "\"\n" + knots;
    CHECK(entry(text, -9.0) == Approx(parabola(-0.5)));
    CHECK(entry(text, 9.0) == Approx(parabola(2.0)));
  }
  // Three knots and two, the fewest that make a cubic and a line.
  const std::string two =
      "[[at]]\nz = 1\nmatrix = [0, 1, 0, 0]\n[[at]]\nz = 2\nmatrix = [0, 4, 0, 0]\n";
  CHECK(entry("interpolation = \"cubic\"\n" + two, 1.5) == 2.5);
  CHECK(entry("interpolation = \"cubic\"\n" + two + "[[at]]\nz = 3\nmatrix = [0, 9, 0, 0]", 1.5) ==
        Approx(2.25).epsilon(1e-14));

  const TemporaryDirectory folder;
  const auto file = folder.file("B.csv");
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  const std::string from_file = "interpolation = \"cubic\"\nfile = \"" + file + "\"";
  write(rows);
  CHECK(entry(from_file, 0.9) == Approx(parabola(0.9)).epsilon(1e-14));
  using Catch::Contains;
  write("0,1,2,3\n");
  CHECK_THROWS_WITH(make("linear", 2, from_file), Contains("4 columns, must have 5"));
  write("0,1,2,3,4\n0,1,2,3,4\n");
  CHECK_THROWS_WITH(make("linear", 2, from_file), Contains("row 2: z = 0 follows z = 0"));
  CHECK_THROWS_WITH(make("linear", 2, "file = \"absent.csv\""), Contains("absent.csv"));
  CHECK_THROWS_WITH(make("linear", 2, two + "[[at]]\nz = 2"), Contains("z = 2 after z = 2"));
  CHECK_THROWS_WITH(make("linear", 3, two), Contains("field.at[0].matrix has 4 numbers"));
  CHECK_THROWS_WITH(make("linear", 2, from_file + "\n" + two), Contains("one of the two"));
  CHECK_THROWS_WITH(make("linear", 2, "matrix = [1, 2, 3, 4]\n" + two), Contains("constant B"));
  // What a run writes of it is read again: no matrix.
  CHECK_NOTHROW(make("linear", 2, "matrix = []"));
  CHECK_NOTHROW(make("linear", 2, "matrix = []\n[[at]]\nz = 0\nmatrix = []"));
}

TEST_CASE("the divergence beside a field, and its derivatives", "[depth]") {
  for (const char* name : {"antisymmetric", "hamiltonian"}) {
    INFO(name);
    const Index d = 4, n = 3;
    const auto plain = make(name, d);
    const auto field = with_divergence(plain);
    const auto at = field->evaluation(n), inner = plain->evaluation(1);
    Rng rng(5, "test");
    const Index p = field->n_parameters();
    const Vec theta = field->initial_parameters(rng), dtheta = 0.3 * normals(p, 1, rng).col(0);
    const Mat A = normals(d + 1, n, rng), Delta = normals(d + 1, n, rng);
    Mat dA = 0.3 * normals(d + 1, n, rng), F(d + 1, n), dF(d + 1, n), A_bar(d + 1, n);
    Vec theta_bar = Vec::Zero(p);
    at->evaluate(A, 0.1, theta, F);
    for (Index s = 0; s < n; ++s) {
      double trace = 0.0;
      for (Index i = 0; i < d; ++i)
        trace += slope([&](double e) {
          Mat f(d, 1);
          inner->evaluate(A.col(s).head(d) + e * Vec::Unit(d, i), 0.1, theta, f);
          return f;
        })(i, 0);
      CHECK(F(d, s) == Approx(trace).epsilon(1e-9).margin(1e-10));
    }
    at->vjp(Delta, A_bar, theta_bar);
    const auto product = [&](double e) {
      at->evaluate(A + e * dA, 0.1, theta + e * dtheta, F);
      return Vec::Constant(1, Delta.cwiseProduct(F).sum());
    };
    CHECK(A_bar.cwiseProduct(dA).sum() + theta_bar.dot(dtheta) ==
          Approx(slope(product)[0]).epsilon(1e-9));
    at->evaluate(A, 0.1, theta, F);
    at->jvp(dA, Vec::Zero(p), dF);
    CHECK(Delta.cwiseProduct(dF).sum() == Approx(A_bar.cwiseProduct(dA).sum()).epsilon(1e-12));
    at->jvp(dA, dtheta, dF);
    CHECK(Delta.cwiseProduct(dF).sum() ==
          Approx(A_bar.cwiseProduct(dA).sum() + theta_bar.dot(dtheta)).epsilon(1e-12));
  }
}
