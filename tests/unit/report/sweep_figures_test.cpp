// Figures of a sweep: descent on a quadratic, whose large learning rates diverge.
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <support/temporary_directory.hpp>
#include <thalweg/io/durable_file.hpp>
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
}

TEST_CASE("a few large numbers on a map do not hide the others", "[report][unit]") {
  // Losses of 0.005 at most of 8 x 8 places and 5e5 at one.
  const Swept swept(R"(
[set]
time.steps = 1
limits.divergence = 1e9
dynamics.learning_rate = 0.9
[[axis]]
key = "start.state"
name = "x"
values = [[1.0], [1.1], [1.2], [1.3], [1.4], [1.5], [1.6], [1e4]]
[[axis]]
key = "seed"
values = [1, 2, 3, 4, 5, 6, 7, 8]
[[collect]]
what = ["loss"]
)");
  const auto figures = sweep_figures(swept.view());
  REQUIRE(figures.size() == 1);
  REQUIRE(figures[0].grid);
  CHECK(figures[0].grid->colours == Scale::log);
}
