// Figures of a sweep: descent on a quadratic, whose large learning rates diverge.
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <support/temporary_directory.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/report/sweep_estimates.hpp>
#include <thalweg/report/sweep_figures.hpp>
#include <thalweg/report/sweep_view.hpp>
#include <thalweg/sweep/sweep.hpp>
#include <vector>

using namespace thalweg;
using namespace thalweg::report;

namespace {

// loss_n = (1 - eta)^(2n) scale^2 / 2, beyond limits.divergence when eta > 2.
const char* const base = R"(
report = false
[base]
model = { name = "quadratic", spectrum = [1.0], reflections = 0 }
dynamics = { name = "gradient_descent" }
start = { state = [1.0] }
time = { steps = 200 }
limits = { divergence = 1e3 }
record = [{ name = "curves", when = { steps = 1 }, what = ["loss"] }]
)";

const char* const rates = R"(
[[axis]]
key = "dynamics.learning_rate"
from = 1.9
to = 2.1
count = 41
)";

struct Swept {
  explicit Swept(const std::string& more) {
    write_text_file(directory.file("sweep.toml"), base + more);
    run_sweep({.file = directory.file("sweep.toml"), .directory = directory.file("out")});
  }
  [[nodiscard]] SweepView view() const { return SweepView(directory.file("out/sweep.h5")); }
  TemporaryDirectory directory;
};

std::pair<double, double> range(const std::vector<double>& x) {
  const auto [low, high] = std::minmax_element(x.begin(), x.end());
  return {*low, *high};
}

}  // namespace

TEST_CASE("figures of a sweep show one axis, also where members failed", "[report][unit]") {
  const Swept swept(std::string(rates) +
                    "[[collect]]\nwhat = [\"loss\"]\ntake = \"tail\"\nrows = 4\n"
                    "[[collect]]\nwhat = [\"loss\"]\n");
  const auto view = swept.view();
  REQUIRE(view.outcome(40) == "diverged");
  const auto figures = sweep_figures(view);
  REQUIRE(figures.size() == 2);
  for (const auto& f : figures) {
    REQUIRE(f.curves.size() == 1);
    CHECK(range(f.curves[0].x) == std::pair{1.9, 2.1});
    CHECK(std::isnan(f.curves[0].y.back()));
  }
}

TEST_CASE("values of a swept axis can be told apart", "[report][unit]") {
  const auto view = Swept(std::string(rates)).view();
  std::vector<std::string> words;
  for (std::size_t i = 0; i < 41; ++i) words.push_back(view.axes()[0].text(i));
  CHECK(words[0] == "1.9");
  CHECK(words[1] == "1.905");
  CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
  CHECK(view.axes()[0].range() == "1.9 to 2.1");
  const auto many =
      Swept("[[axis]]\nkey = \"time.steps\"\nfrom = 1\nto = 1001\ncount = 3\ninteger = true\n");
  CHECK(many.view().axes()[0].range() == "1 to 1001");
}

TEST_CASE("a few large numbers on a map do not hide the others", "[report][unit]") {
  // One start of 32 has a loss of 5e5, the others have 0.005 to 0.02.
  std::string starts;
  for (int i = 0; i < 31; ++i) starts += fmt::format("[{}], ", 1.0 + i / 31.0);
  const Swept swept(
      "[set]\ntime.steps = 1\nlimits.divergence = 1e9\ndynamics.learning_rate = 0.9\n"
      "[[axis]]\nkey = \"start.state\"\nname = \"x\"\nvalues = [" +
      starts +
      "[1e4]]\n[[axis]]\nkey = \"seed\"\nvalues = [1, 2, 3, 4, 5, 6]\n"
      "[[collect]]\nwhat = [\"loss\"]\n");
  const auto figures = sweep_figures(swept.view());
  REQUIRE(figures.size() == 1);
  REQUIRE(figures[0].grid);
  CHECK(figures[0].grid->colours == Scale::log);
}

TEST_CASE("the largest exponent is drawn over two axes", "[report][unit]") {
  const TemporaryDirectory directory;
  write_text_file(directory.file("sweep.toml"), R"(
report = false
[base]
model = { name = "henon" }
lyapunov = { exponents = 2, transient = 10, duration = 300, starts = 1 }
[[axis]]
key = "model.a"
values = [1.3, 1.35, 1.4]
[[axis]]
key = "seed"
values = [1, 2]
[[collect]]
what = ["mean_exponent", "mean_exponent_error"]
)");
  run_sweep({.file = directory.file("sweep.toml"), .directory = directory.file("out")});
  const SweepView view(directory.file("out/sweep.h5"));
  const auto all = view.read(view.collected().front());
  const auto error = view.read(view.collected().back());
  const auto figures = sweep_figures(view);
  REQUIRE(figures.size() == 1);
  CHECK_THAT(figures[0].title, Catch::Contains("ank 1 of Lyapunov exponent"));
  // (a, seed, rank) -> a curve for each seed after the bars of three standard errors
  const auto& curves = figures[0].curves;
  REQUIRE(curves.size() == 8);
  CHECK(curves[7].y == std::vector<double>{all[2], all[6], all[10]});
  CHECK(curves[0].y == std::vector<double>{all[0] - 3.0 * error[0], all[0] + 3.0 * error[0]});
  CHECK(curves[6].y[1] - curves[6].y[0] == Approx(6.0 * error[10]));
}

TEST_CASE("bars are three errors, deviations are told in errors") {
  const TemporaryDirectory directory;
  write_text_file(directory.file("sweep.toml"), R"(
report = false
[base]
seed = 1
lyapunov = { transient = 10, duration = 300, starts = 2 }
[[point]]
title = "a"
model = { name = "henon", a = 1.3 }
reference.mean_exponent = 0.4
[[point]]
title = "b"
model = { name = "henon", a = 1.4 }
reference.mean_exponent = 0.41921
[[point]]
title = "a flow"
model.name = "van_der_pol"
)");
  run_sweep({.file = directory.file("sweep.toml"), .directory = directory.file("out")});
  const SweepView view(directory.file("out/sweep.h5"));
  const SweepVariable *mean = nullptr, *error = nullptr;
  for (const auto& v : view.collected()) {
    if (v.name == "mean_exponent") mean = &v;
    if (v.name == "mean_exponent_error") error = &v;
  }
  REQUIRE((mean && error));
  const auto m = view.read(*mean), e = view.read(*error);
  const auto figures = estimate_figures(view, *mean);
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].curves[0].y == std::vector<double>{m[0] - 3.0 * e[0], m[0] + 3.0 * e[0]});
  const auto& known = figures[0].curves.back();
  CHECK(known.role == Curve::Role::known);
  CHECK((known.y[0] == 0.4 && known.y[1] == 0.41921 && std::isnan(known.y[2])));
  CHECK_THAT(figures[0].y_label, Catch::Contains("[1/step or 1/time]"));
  CHECK(figures[1].curves[0].y[0] == Approx((m[0] - 0.4) / e[0]));
  CHECK(figures[1].curves[0].y[1] == Approx((m[1] - 0.41921) / e[1]));
}

TEST_CASE("series of a short and a long axis have the colours of the short one", "[report][unit]") {
  const Swept swept(
      "[set]\ntime.steps = 2\n[[axis]]\nkey = \"dynamics.learning_rate\"\nvalues = [0.1, 0.2]\n"
      "labels = [\"slow\", \"fast\"]\nname = \"rate\"\n"
      "[[axis]]\nkey = \"seed\"\nvalues = [1, 2, 3]\n"
      "[[collect]]\nwhat = [\"loss\"]\ntake = \"series\"\n");
  const auto view = swept.view();
  const auto loss = view.read(view.collected().front());
  const auto figures = sweep_figures(view);
  REQUIRE(figures.size() == 1);
  const auto& curves = figures[0].curves;
  REQUIRE(curves.size() == 2);
  CHECK(curves[0].label == "rate slow");
  const auto rows = loss.size() / 6;
  REQUIRE(curves[1].y.size() == 3 * (rows + 1));  // gaps between the three seeds
  for (std::size_t seed = 0; seed < 3; ++seed) {
    for (std::size_t r = 0; r < rows; ++r)
      CHECK(curves[1].y[seed * (rows + 1) + r] == loss[(3 + seed) * rows + r]);
    CHECK(std::isnan(curves[1].y[seed * (rows + 1) + rows]));
  }
}
