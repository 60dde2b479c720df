// A flow whose Hessian's eigenvalues cross at a time that is known: [[analysis]], resume, report.
#include <support/catch.hpp>
#include <support/run_helpers.hpp>

#include <cmath>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/model.hpp>

using namespace thalweg;

namespace {

// L = x^4/12 + y^2/2 + z^2/4 in coordinates turned by `angle` in the plane of x and y: the Hessian
// has the eigenvalues x^2, 1 and 1/2, and along the flow x' = -x^3/3 is
// x^2 = 1 / (1/x0^2 + 2t/3).
struct QuarticValley {
  double angle = 0.6;

  void fields(Fields& f) { f("angle", angle, "1", "of the axes x and y"); }
  [[nodiscard]] Index dim() const { return 3; }
  [[nodiscard]] Vec initial_state(Rng&) const {
    return Vec{{2.0 * std::cos(angle), 2.0 * std::sin(angle), 0.3}};
  }
  template <class S>
  S value(const VectorOf<S>& q) const {
    const S x = std::cos(angle) * q[0] + std::sin(angle) * q[1];
    const S y = std::cos(angle) * q[1] - std::sin(angle) * q[0];
    return pow(x, 4) / 12.0 + y * y / 2.0 + q[2] * q[2] / 4.0;
  }
};
THALWEG_MODEL(QuarticValley, "quartic_valley_of_the_tests", "eigenvalues that cross")

const std::string text = R"(
model = { name = "quartic_valley_of_the_tests" }
solver = { name = "dopri5", rtol = 1e-10 }
time.end = 3.0
[[analysis]]
when = { every = 0.125 }
method = { name = "hessian_eigenvalues", largest = 2, smallest = 1, tolerance = 1e-8 }
)";

}  // namespace

TEST_CASE("branches follow the vectors through a crossing of the flow, also over a resume",
          "[geometry][branches]") {
  const TemporaryDirectory tmp;
  run_text(text, tmp.file("whole"));
  const auto at = [&](const char* run, const char* name) {
    return read_back(tmp.file(run), std::string("/series/spectrum/") + name);
  };
  const auto time = at("whole", "time_spectrum"), value = at("whole", "eigenvalue"),
             branch = at("whole", "branch"), overlap = at("whole", "subspace_overlap");
  REQUIRE(time.size() == 25);
  // x^2 starts at 4, so it is branch 1; it passes 1 at t = 9/8, which is a row, and 1/2 at t =
  // 21/8, also a row.
  for (std::size_t i = 0; i < time.size(); ++i) {
    CAPTURE(time[i]);
    const double x2 = 1.0 / (0.25 + 2.0 * time[i] / 3.0);
    for (std::size_t rank = 0; rank < 3; ++rank) {
      const double exact = branch[3 * i + rank] == 1.0   ? x2
                           : branch[3 * i + rank] == 2.0 ? 1.0
                                                         : 0.5;
      CHECK(value[3 * i + rank] == Approx(exact).epsilon(1e-6));
    }
    const bool crosses = time[i] == 1.125 || time[i] == 2.625;
    if (!crosses) CHECK(branch[3 * i] == (time[i] < 1.125 ? 1.0 : 2.0));
    // The top two leave x for z at the second crossing and share one direction with what was.
    if (i > 0 && time[i] < 2.625) CHECK(overlap[i] == Approx(1.0).epsilon(1e-6));
    if (time[i] == 3.0) CHECK(branch[3 * i + 2] == 1.0);
  }
  const auto page = read_text_file(tmp.file("whole/report.html"));
  CHECK_THAT(page, Catch::Matchers::Contains("<h3>Eigenvalues by branch</h3>"));
  CHECK_THAT(page, Catch::Matchers::Contains("<h3>Condition number</h3>"));

  // Stopped between the two crossings.
  REQUIRE(run_text(text + "[limits]\nmax_steps = 20\n", tmp.file("parts")).outcome ==
          Outcome::step_budget);
  resume_in(tmp.file("parts"), {"limits.max_steps=100000"});
  CHECK(at("parts", "eigenvalue") == value);
  CHECK(at("parts", "branch") == branch);
}
