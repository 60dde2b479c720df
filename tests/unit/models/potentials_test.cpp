// Potentials with elementary derivatives: what they promise, and their closed forms far out.
#include "support/catch.hpp"
#include "support/default_fields.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/logistic_example.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>

using namespace thalweg;

namespace {

Vec eigenvalues(const Quadratic& p) {
  const Index n = p.dim();
  Mat H(n, n);
  for (Index j = 0; j < n; ++j) p.hvp(Vec::Zero(n), Vec::Unit(n, j), H.col(j));
  return Eigen::SelfAdjointEigenSolver<Mat>(H).eigenvalues();
}

}  // namespace

TEST_CASE("every elementary model of the catalogue passes the checks that users run") {
  for (const char* name : {"quadratic", "rosenbrock", "double_well", "logistic_example", "harmonic",
                           "van_der_pol", "lorenz63", "henon", "logistic_map", "mean_field"}) {
    // mean_field: a small phase diagram
    test::GivenFields fields({{"sigma_w_points", 3.0}, {"sigma_b_points", 3.0}});
    for (const auto& row : check_model(models().at(name).make(fields)).rows) {
      INFO(name << ": " << row.what << ": " << row.number << " > " << row.tolerance << " "
                << row.reason);
      CHECK(row.verdict != Verdict::failed);
    }
  }
}

TEST_CASE("the rotated quadratic has the given spectrum and is not diagonal") {
  const Vec spectrum{{-1.0, 0.5, 0.5, 2.0, 30.0}};
  const Quadratic p(spectrum, 5, 4);
  CHECK((eigenvalues(p) - spectrum).norm() < 1e-13 * 30.0);
  Vec column(5);
  p.hvp(Vec::Zero(5), Vec::Unit(5, 0), column);
  CHECK(column.tail(4).norm() > 0.1);
  CHECK_FALSE(p.minimum_value());
}

TEST_CASE("a condition number gives the spectrum of a quadratic") {
  test::GivenFields fields({{"dim", 3}, {"condition_number", 100}, {"largest", 4}});
  const AnyModel model = models().at("quadratic").make(fields);
  const Quadratic* p = model.potential()->target<Quadratic>();
  REQUIRE(p);
  CHECK((p->spectrum() - Vec{{0.04, 0.4, 4.0}}).norm() < 1e-15);
  CHECK((eigenvalues(*p) - p->spectrum()).norm() < 1e-14);
}

TEST_CASE("Lambert's root solves u + e^u = c from tiny to huge c") {
  for (const double c :
       {-700.0, -30.0, -1.0, 0.0, 0.999, 1.0, 5.0, 100.0, 699.9, 700.1, 1e5, 1e300}) {
    const double u = lambert_logistic(c);
    INFO("c = " << c << ", u = " << u);
    // An error of one unit in the last place of u moves e^u by u eps e^u.
    CHECK(std::abs(u + std::exp(u) - c) <= 4e-16 * (std::abs(u) + 1.0) * (std::exp(u) + 1.0));
  }
  // The two formulas that meet at 700 agree.
  CHECK(lambert_logistic(700.0) - lambert_logistic(std::nextafter(700.0, 0.0)) ==
        Approx(0.0).epsilon(0.0).margin(1e-14));
}

TEST_CASE("the logistic example does not overflow") {
  const LogisticExample p{2.0};
  Vec g(1), q(1);
  for (const double far : {-500.0, 500.0}) {
    q[0] = far;
    p.gradient(q, g);
    CHECK(std::isfinite(p.value(q)));
    CHECK(std::isfinite(g[0]));
  }
  q[0] = -500.0;
  CHECK(p.value(q) == 1000.0);
  CHECK(p.exact_flow(Vec::Constant(1, 400.0), 1e10, q));
  CHECK(q[0] == 400.0);  // the gradient there is e^-800
}

TEST_CASE("the double well keeps its saddle and its signs") {
  const DoubleWell p{3};
  Vec q(3);
  CHECK(p.exact_flow(Vec{{0.0, -0.1, 3.0}}, 50.0, q));
  CHECK(q[0] == 0.0);
  CHECK(q[1] == Approx(-1.0).epsilon(1e-15));
  CHECK(q[2] == Approx(1.0).epsilon(1e-15));
}

TEST_CASE("Rosenbrock's minimum is claimed where it is known") {
  CHECK(Rosenbrock{2, 3.0, 10.0}.value(Vec{{3.0, 9.0}}) == 0.0);
  CHECK(Rosenbrock{2, 3.0, 10.0}.minimum_value() == 0.0);
  CHECK(Rosenbrock{6, 1.0, 10.0}.value(Vec::Ones(6)) == 0.0);
  CHECK_FALSE(Rosenbrock{6, 3.0, 10.0}.minimum_value());
}
