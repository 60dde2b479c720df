// Depth as time: closed forms of linear fields, the pairing of adjoint and tangent, the bounds of
// the symmetric part, lengths that antisymmetric fields keep.
#include "support/catch.hpp"

#include <cmath>
#include <stdexcept>
#include <string>
#include <thalweg/config/config.hpp>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/core/piecewise_stepper.hpp>
#include <thalweg/models/catalogue.hpp>
#include <thalweg/models/depth/continuous_depth.hpp>
#include <thalweg/run/assembly.hpp>
#include <thalweg/solvers/catalogue.hpp>
#include <vector>

using namespace thalweg;

namespace {

AnySystem make(const std::string& text) {
  const auto config = Config::from_text(text, "test");
  ConfigReader reader(config);
  return *models().at("continuous_depth").make(reader).system();
}

SolverFactory solver(const std::string& name, const std::string& text) {
  const auto config = Config::from_text(text, "test");
  ConfigReader reader(config);
  return solvers().at(name).make(reader);
}

Vec observed(const AnySystem& system, const std::string& name, const Vec& x, double z) {
  for (const auto& o : system.observables())
    if (o.variable.name == name) {
      Vec out(o.variable.size());
      o.compute(x, z, out);
      return out;
    }
  throw std::runtime_error("no observable " + name);
}

// Calls look(x, z) at the ends of all steps.
template <class Look>
void drive(const AnySystem& system, const SolverFactory& method, double end, const Look& look) {
  Rng rng(0, "start");
  const auto stepper = by_pieces(method)(system, 1.0);
  stepper->reset(0.0, *system.initial_state(rng));
  look(stepper->state(), 0.0);
  while (stepper->time() < end)
    if (stepper->step(end).accepted) look(stepper->state(), stepper->time());
}

const char* const tight = "rtol = 1e-13\natol = 1e-15";

}  // namespace

TEST_CASE("the spiral of a linear field in closed form", "[depth]") {
  // exp(B z) = exp(-0.1 z) R(2 z); delta(z) = exp(B' (Z - z)) delta(Z); det = exp(-0.2 z).
  const double Z = 10.0;
  const auto system = make(
      "depth = 10.0\ninput = [2.0, 0.0]\ncovector = [0.3, -0.4]\n[[layers]]\nlabel = \"spiral\"\n"
      "field = { name = \"linear\", growth = -0.1, rotation = 2.0 }");
  drive(system, solver("dopri5", tight), Z, [&](const Vec& x, double z) {
    const double r = 2.0 * std::exp(-0.1 * z);
    // 1e-13 a step, of which there are a thousand, all turning the same way
    CHECK(x[0] == Approx(r * std::cos(2.0 * z)).epsilon(0.0).margin(2e-11));
    CHECK(x[1] == Approx(-r * std::sin(2.0 * z)).epsilon(0.0).margin(2e-11));
    CHECK(observed(system, "ln_signal", x, z)[0] == Approx(-0.1 * z).epsilon(0.0).margin(1e-11));
    CHECK(observed(system, "ln_adjoint", x, z)[0] ==
          Approx(-0.1 * (Z - z)).epsilon(0.0).margin(1e-10));
    CHECK(observed(system, "ln_det", x, z)[0] == Approx(-0.2 * z).epsilon(0.0).margin(1e-11));
    CHECK(observed(system, "ln_adjoint_upper", x, z)[0] ==
          Approx(-0.1 * (Z - z)).epsilon(0.0).margin(1e-10));
  });
}

TEST_CASE("a linear field that changes with depth in closed form", "[depth]") {
  // growth and rotation commute, so that a(Z) = exp(int growth) R(int rotation) a(0), whatever they
  // do in between: lines from (-1, 0) at 0 over (1, 2) at 2 to (0, 5) at 3.
  const auto system = make(
      "depth = 3.0\n[[layers]]\nlabel = \"lines\"\nfield = { name = \"linear\", at = [{ z = 0.0, "
      "growth = -1.0, rotation = 0.0 }, { z = 2.0, growth = 1.0, rotation = 2.0 }, { z = 3.0, "
      "growth = 0.0, rotation = 5.0 }] }");
  const double growth = 0.0 + 0.5, angle = 2.0 + 3.5;
  drive(system, solver("dopri5", tight), 3.0, [&](const Vec& x, double z) {
    CHECK(observed(system, "ln_tangent", x, z)[0] ==
          Approx(observed(system, "ln_tangent_upper", x, z)[0]).epsilon(0.0).margin(1e-11));
    if (z < 3.0) return;
    CHECK(x[0] == Approx(std::exp(growth) * std::cos(angle)).epsilon(0.0).margin(1e-11));
    CHECK(x[1] == Approx(-std::exp(growth) * std::sin(angle)).epsilon(0.0).margin(1e-11));
    CHECK(observed(system, "ln_det", x, z)[0] == Approx(2.0 * growth).margin(1e-11));
  });
}

TEST_CASE("signal and adjoint over jumps of a field in depth", "[depth]") {
  // (growth, rotation) jumps at 0.7 and 1.9, on no grid of the steps; the same field twice, with
  // one value at all three knots, where no error control sees them.
  const auto layer = [](const char* label, const char* kind, double jump) {
    std::string text = std::string("[[layers]]\nlabel = \"") + label +
                       "\"\nfield = { name = \"linear\", interpolation = \"" + kind + "\", at = [";
    for (const double z : {0.0, 0.713, 1.907})
      text += "{ z = " + std::to_string(z) + ", growth = " + std::to_string(0.2 + jump * z) +
              ", rotation = " + std::to_string(2.0 - jump * z) + " }, ";
    return text + "] }\n";
  };
  const auto system =
      make("depth = 3.0\npath_solver = { name = \"dopri5\", rtol = 1e-6, atol = 1e-9 }\n" +
           layer("jumps", "pieces", 0.5) + layer("kinks", "linear", 0.5));
  // int_0^3 of the growth without its 0.2, by pieces and by lines that stay at the last knot.
  const double a = 0.713, b = 1.907;
  const double moved[] = {0.5 * (a * (b - a) + b * (3.0 - b)), 0.5 * (0.5 * b * b + b * (3.0 - b))};
  const auto error = [&](const std::string& dt) {
    double worst = 0.0;
    drive(system, by_pieces(solver("rk4", "dt = " + dt)), 3.0, [&](const Vec& x, double z) {
      // Along the path of the adjoint errors are its own: 1e-5 of its tolerance.
      for (Index k = 0; k < 2; ++k) {
        const double growth = 0.6 + moved[k];
        if (z == 0.0)
          CHECK(observed(system, "ln_adjoint", x, z)[k] ==
                Approx(growth).epsilon(0.0).margin(1e-10));
        if (z < 3.0) continue;
        const double r = std::exp(growth), angle = 6.0 - moved[k];
        worst = std::max({worst, std::abs(x[7 * k] - r * std::cos(angle)),
                          std::abs(x[7 * k + 1] + r * std::sin(angle))});
      }
    });
    return worst;
  };
  const double coarse = error("0.02"), fine = error("0.01");
  CHECK(std::log2(coarse / fine) == Approx(4.0).margin(0.15));
}

TEST_CASE("equal steps of a run end where a field jumps", "[depth]") {
  // a(2) = exp(0.4 * 1.107 - 0.2 * 0.893) R(2 * 1.107 - 3 * 0.893) a(0); no step of 0.01 meets the
  // jump.
  Assembly run(Config::from_text(
      "model = { name = \"continuous_depth\", depth = 2.0, layers = [{ label = \"jump\", field = { "
      "name = \"linear\", interpolation = \"pieces\", at = [{ z = 0.0, growth = 0.4, rotation = "
      "2.0 }, { z = 1.107, growth = -0.2, rotation = -3.0 }] } }] }\n"
      "time = { end = 2.0 }\nsolver = { name = \"rk4\", dt = 0.01 }\n",
      "test"));
  CHECK(run.motion.system()->breaks() == std::vector<double>{1.107});
  run.start();
  while (run.stepper->time() < 2.0) run.stepper->step(2.0);
  const Vec& x = run.stepper->state();
  const double growth = std::exp(0.4 * 1.107 - 0.2 * 0.893), angle = 2.0 * 1.107 - 3.0 * 0.893;
  const Vec a0 = run.context->x0.head(2);
  // (3 dt)^5 / 120 a step; a step over the jump would miss it by some 1e-2
  CHECK(x[0] == Approx(growth * (std::cos(angle) * a0[0] + std::sin(angle) * a0[1])).margin(1e-6));
  CHECK(x[1] == Approx(growth * (std::cos(angle) * a0[1] - std::sin(angle) * a0[0])).margin(1e-6));
}

TEST_CASE("adjoint and tangent: their pairing is constant, bounds hold", "[depth]") {
  const char* const fields[] = {
      R"({ name = "linear", matrix = [-0.3, 2.0, 0.1, -0.5, -0.1, 0.4, 0.0, 0.7, 0.2, -0.6, 0.3, 0.1, 0.5, 0.2, -0.9, -0.2] })",
      R"({ name = "antisymmetric", sigma_w = 2.0, sigma_b = 0.5, damping = 0.1 })",
      R"({ name = "hamiltonian", sigma_w = 1.5, sigma_b = 0.5 })",
      R"({ name = "depth_dependent", knots = 6, depth = 4.0, interpolation = "spline", of = { name = "antisymmetric", sigma_w = 1.5, sigma_b = 0.3 } })",
      R"({ name = "depth_dependent", knots = 4, depth = 4.0, interpolation = "pieces", of = { name = "antisymmetric", sigma_w = 1.5, sigma_b = 0.3 } })"};
  for (const char* field : fields) {
    INFO(field);
    const auto system =
        make(std::string("width = 4\ndepth = 4.0\ninput = [1.0, -0.5, 0.3, 0.8]\nseed = 3\n"
                         "path_solver = { name = \"dopri5\", rtol = 1e-8, atol = 1e-10 }\n"
                         "[[layers]]\nfield = ") +
             field);
    double pairing = NAN, outside = 0.0, drift = 0.0;
    drive(system, solver("dopri5", tight), 4.0, [&](const Vec& x, double z) {
      const double p = observed(system, "pairing", x, z)[0];
      if (std::isnan(pairing)) pairing = p;
      drift = std::max(drift, std::abs(p / pairing - 1.0));
      for (const std::string which : {"ln_tangent", "ln_adjoint"}) {
        const double ln = observed(system, which, x, z)[0];
        outside = std::max({outside, observed(system, which + "_lower", x, z)[0] - ln,
                            ln - observed(system, which + "_upper", x, z)[0]});
      }
    });
    CHECK(drift < 1e-10);
    CHECK(outside < 1e-11);  // where a bound is met, rounding and the solver's error
  }
}

TEST_CASE("an antisymmetric field keeps lengths, by the implicit midpoint rule exactly",
          "[depth]") {
  const auto system = make(
      "width = 4\ndepth = 100.0\ninput = [1.0, -0.5, 0.3, 0.8]\n"
      "[[layers]]\nfield = { name = \"antisymmetric\", activation = \"identity\" }");
  double worst = 0.0, worst_dopri5 = 0.0;
  const auto drift = [&](double& w) {
    return [&](const Vec& x, double z) {
      w = std::max(w, std::abs(std::expm1(observed(system, "ln_signal", x, z)[0])));
    };
  };
  drive(system, solver("implicit_midpoint", "dt = 0.05"), 100.0, drift(worst));
  CHECK(worst < 1e-12);
  drive(system, solver("dopri5", "rtol = 1e-6"), 100.0, drift(worst_dopri5));
  CHECK(worst_dopri5 > 1e-9);  // other methods do not
}

TEST_CASE("the implicit midpoint rule is of order 2 on any system", "[depth]") {
  const auto order = [](const AnySystem& system) {
    const auto end = [&](const SolverFactory& method) {
      Vec last;
      drive(system, method, 1.0, [&](const Vec& x, double) { last = x; });
      return last;
    };
    const Vec exact = end(solver("fehlberg78", tight));
    const auto error = [&](const char* dt) {
      return (end(solver("implicit_midpoint", std::string("dt = ") + dt)) - exact).norm();
    };
    return std::log2(error("1e-3") / error("5e-4"));
  };
  const auto config = Config::from_text("", "test");
  ConfigReader reader(config);
  CHECK(order(*models().at("lorenz63").make(reader).system()) == Approx(2.0).margin(0.02));
  // one whose right-hand side depends on z
  CHECK(order(make(
            "depth = 1.0\nseed = 4\n[[layers]]\nfield = { name = \"depth_dependent\", knots = 5, "
            "interpolation = \"spline\", of = { name = \"antisymmetric\", sigma_w = 3.0 } }")) ==
        Approx(2.0).margin(0.02));
}

TEST_CASE("labels of layers name arrays", "[depth]") {
  const std::string base = "[[layers]]\nlabel = \"a\"\n[[layers]]\nlabel = ";
  CHECK_THROWS_WITH(make(base + "\"a\""), Catch::Contains("is there twice"));
  CHECK_THROWS_WITH(make(base + "\"b c\""), Catch::Contains("must be a letter, then letters"));
}
