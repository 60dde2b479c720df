// The checks must find what is wrong: each broken model below fails the row that names its fault.
#include "support/catch.hpp"
#include "support/tanh_rosenbrock.hpp"

#include <cmath>
#include <stdexcept>
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/models/potentials/double_well.hpp>
#include <thalweg/models/potentials/quadratic.hpp>
#include <thalweg/models/potentials/rosenbrock.hpp>
#include <thalweg/models/systems/harmonic.hpp>
#include <thalweg/models/systems/henon.hpp>
#include <thalweg/numerics/finite_difference.hpp>

using namespace thalweg;

namespace {

const CheckRow& row(const ModelCheck& check, const std::string& what) {
  for (const auto& r : check.rows)
    if (r.what == what) return r;
  throw std::runtime_error("no row \"" + what + "\"");
}

// The only failing row is `what`.
void fails_only(const ModelCheck& check, const std::string& what) {
  for (const auto& r : check.rows) {
    INFO(r.what << ": " << r.number << " (tolerance " << r.tolerance << ") " << r.reason);
    CHECK((r.verdict == Verdict::failed) == (r.what == what));
  }
  CHECK_FALSE(check.passed());
}

// One entry in fifty of a gradient off by one part in ten thousand.
struct WrongGradient : test::TanhValleyByHand {
  void gradient(In x, Out g) const {
    TanhValleyByHand::gradient(x, g);
    g[17] *= 1.0001;
  }
  void hvp(In, In, Out) const = delete;
};

struct WrongHessian : test::TanhValleyByHand {
  void hvp(In x, In v, Out Hv) const {
    TanhValleyByHand::hvp(x, v, Hv);
    Hv[3] += 1e-3 * x[5] * v[4] * Hv[3];  // not even linear
  }
};

struct WrongThird : Rosenbrock {
  void third(In x, In u, In v, Out T) const {
    Rosenbrock::third(x, u, v, T);
    T *= 0.999;
  }
};

// L = |q|^2 / 2 of the plane: rotations leave it unchanged; a factor does not.
struct Bowl {
  Symmetry::Kind kind = Symmetry::Kind::rotation;
  double pairing = 1.0;
  [[nodiscard]] Index dim() const { return 2; }
  [[nodiscard]] double value(In q) const { return 0.5 * q.squaredNorm(); }
  void gradient(In q, Out g) const { g = q; }
  [[nodiscard]] Symmetries symmetries() const {
    const double sign = kind == Symmetry::Kind::rotation ? -1.0 : 1.0;
    Symmetry s{.name = "turn", .kind = kind, .members = {.name = "turn", .size = 1}};
    s.moved = {{0, 2}};
    s.total = Vec::Ones(1);
    s.generator = [sign](Index, In q, Out Aq) {
      Aq[0] = q[1];
      Aq[1] = sign * q[0];
    };
    s.pairing = [sign, factor = pairing](In u, In q, Out p) {
      p[0] = factor * (u[0] * q[1] + sign * u[1] * q[0]);
    };
    return {s};
  }
};

struct WrongFlow : DoubleWell {
  bool exact_flow(In q0, double t, Out q) const { return DoubleWell::exact_flow(q0, 1.001 * t, q); }
};

struct WrongMinimum : DoubleWell {
  [[nodiscard]] double minimum_value() const { return 100.0; }
};

struct WrongLayout : DoubleWell {
  [[nodiscard]] Layout layout() const { return {{"a", 0, {1}}, {"b", 2, {1}}}; }
};

struct WrongBatch {
  [[nodiscard]] Index dim() const { return 2; }
  [[nodiscard]] Index samples() const { return 20; }
  [[nodiscard]] double value(In q) const { return 0.5 * q.squaredNorm(); }
  void gradient(In q, Out g) const { g = q; }
  double value_and_gradient(In q, Out g) const {
    g = q;
    return value(q);
  }
  double value_and_gradient(In q, std::span<const Index> batch, Out g) const {
    g = q * static_cast<double>(batch.size());  // a sum where a mean is due
    return value(q) * static_cast<double>(batch.size());
  }
};

struct Remembers : DoubleWell {
  void gradient(In q, Out g) const {
    static double last = 0.0;
    DoubleWell::gradient(q, g);
    g[0] += 1e-15 * last;
    last = q[0];
  }
};

// The sum of max(q_i - 0.001, 0), started at zero: a kink in reach of every difference.
struct Kinked {
  [[nodiscard]] Index dim() const { return 3; }
  [[nodiscard]] double value(In q) const { return (q.array() - 1e-3).cwiseMax(0.0).sum(); }
  void gradient(In q, Out g) const { g = (q.array() > 1e-3).cast<double>(); }
  [[nodiscard]] Vec initial_state(Rng&) const { return Vec::Zero(3); }
};

struct Throws : DoubleWell {
  void gradient(In, Out) const { throw std::runtime_error("out of cheese"); }
};

struct WrongJacobian : Harmonic {
  void jvp(In x, In v, Out Jv, double t) const {
    Harmonic::jvp(x, v, Jv, t);
    Jv[1] *= 1.001;
  }
};

struct WrongEnergyRate : Harmonic {
  [[nodiscard]] double energy_rate(In x, double) const { return -0.5 * damping * x[1] * x[1]; }
};

struct WrongFriction : Harmonic {
  [[nodiscard]] Mechanics mechanics() const { return {mass, 0.5 * damping}; }
};

struct WrongPotentialEnergy : Harmonic {
  [[nodiscard]] double potential_energy(In q) const { return stiffness * q[0] * q[0]; }
};

struct WrongTangent : Henon {
  void tangent(In x, MatIn V, MatOut DFV, Index n) const {
    Henon::tangent(x, V, DFV, n);
    DFV.row(0) *= 1.001;
  }
};

// A map of three layers with a quantity that is a number at `from` and later.
struct Gap : Henon {
  double from = 3.0;
  [[nodiscard]] DepthLimit depth_limit() const { return {"layers", 3.0}; }
  [[nodiscard]] Observables observables() const {
    return {{{.name = "front"},
             [from = from](In, double t, Out out) { out[0] = t >= from ? t : std::nan(""); }}};
  }
};

}  // namespace

TEST_CASE("differences report an error that covers the true one and is small") {
  for (const double h : {0.1, 1.0}) {
    const auto d = difference(
        [](double s, Out f) { f << std::sin(3.0 * s), std::exp(s), std::sqrt(4.0 + s); }, 3, h);
    const double error = (d.value - Vec{{3.0, 1.0, 0.25}}).norm();
    // 1e-14: values of size 3 are known to 4e-16, and the steps are about 0.1.
    CHECK(error <= 10.0 * d.error + 1e-14);
    CHECK(d.error < 1e-10);
  }
}

TEST_CASE("a kink near the point does not fail a right gradient") {
  CHECK(check_model(AnyPotential(Kinked{})).passed());
}

TEST_CASE("a flow much faster than the unit of time does not fail its right closed form") {
  CHECK(check_model(AnyPotential(Quadratic((Vec(3) << 1e-3, 1.0, 1e6).finished(), 2))).passed());
}

TEST_CASE("a model without any user gradient passes the whole check") {
  const auto check = check_model(AnyPotential(AutomaticPotential(test::TanhValley{})));
  CHECK(check.passed());
  CHECK(row(check, "gradient against differences").verdict == Verdict::passed);
  CHECK(row(check, "Hessian product against differences of gradients").verdict == Verdict::passed);
  CHECK(row(check, "third derivative").verdict == Verdict::not_offered);
}

TEST_CASE("each fault of a potential is found where it is") {
  fails_only(check_model(AnyPotential(WrongGradient{})), "gradient against differences");
  const auto hessian = check_model(AnyPotential(WrongHessian{}));
  CHECK(row(hessian, "Hessian product against differences of gradients").verdict ==
        Verdict::failed);
  CHECK(row(hessian, "symmetry u'Hv = v'Hu").verdict == Verdict::failed);
  CHECK(row(hessian, "gradient against differences").verdict == Verdict::passed);
  fails_only(check_model(AnyPotential(WrongThird{})),
             "third derivative against differences of Hessian products");
  fails_only(check_model(AnyPotential(WrongFlow{})), "closed form obeys the equation");
  fails_only(check_model(AnyPotential(WrongMinimum{})), "no value is below the minimum");
  fails_only(check_model(AnyPotential(WrongBatch{})),
             "batch gradients average to the full gradient");
}

TEST_CASE("a wrong layout says which block") {
  WrongLayout model;
  model.n = 2;
  const auto check = check_model(AnyPotential(model));
  fails_only(check, "layout covers the state");
  CHECK(row(check, "layout covers the state").reason ==
        "block \"b\" starts at 2 and the one before it ends at 1");
}

TEST_CASE("a model that remembers or throws is found out") {
  CHECK(row(check_model(AnyPotential(Remembers{})), "same bits when called again").verdict ==
        Verdict::failed);
  const auto throws = check_model(AnyPotential(Throws{}));
  CHECK(row(throws, "gradient against differences").verdict == Verdict::failed);
  CHECK(row(throws, "gradient against differences").reason == "out of cheese");
}

TEST_CASE("each fault of a system or map is found where it is") {
  fails_only(check_model(AnySystem(WrongJacobian{})), "Jacobian product against differences");
  fails_only(check_model(AnyMap(WrongTangent{})), "tangent against differences");
  fails_only(check_model(AnySystem(WrongEnergyRate{{.damping = 0.3}})),
             "energy rate against differences along the motion");
  fails_only(check_model(AnySystem(WrongFriction{{.damping = 0.3}})),
             "q' = v, mass v' = force - friction v");
  fails_only(check_model(AnySystem(WrongPotentialEnergy{})),
             "force against differences of the potential energy");
}

TEST_CASE("a quantity may have no value at one end of the depth, not at both") {
  Gap gap;
  CHECK(check_model(AnyMap(gap)).passed());
  gap.from = 4.0;
  fails_only(check_model(AnyMap(gap)), "quantity front");
}

TEST_CASE("what is not offered says what to add") {
  struct Bare {
    [[nodiscard]] Index dim() const { return 1; }
    [[nodiscard]] double value(In q) const { return q[0] * q[0]; }
    void gradient(In q, Out g) const { g[0] = 2.0 * q[0]; }
  };
  const auto check = check_model(AnyPotential(Bare{}));
  CHECK(check.passed());
  CHECK(row(check, "Hessian product").verdict == Verdict::not_offered);
  CHECK(row(check, "Hessian product").reason == "add hvp(q, v, Hv)");
}

TEST_CASE("a symmetry that is none, or told wrongly, is found", "[analysis][symmetry]") {
  CHECK(check_model(AnyPotential(Bowl{})).passed());
  fails_only(check_model(AnyPotential(Bowl{.kind = Symmetry::Kind::rescale})),
             "<grad L, A q> = decay <q, A q> of every symmetry");
  fails_only(check_model(AnyPotential(Bowl{.pairing = 1.001})),
             "pairings of symmetries against their generators");
}
