// Figures of analyses: what is left out is told, and a verdict stands beside its numbers.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/io/result_file.hpp>
#include <thalweg/report/draw.hpp>
#include <thalweg/report/figures.hpp>

#include <cmath>
#include <filesystem>
#include <functional>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

Variable array(const char* name, const Axis& axis) {
  Variable v{.name = name, .long_name = std::string("the ") + name};
  v.axes = {axis};
  return v;
}

Variable whole_numbers(Variable v, std::vector<std::string> meanings = {}) {
  v.type = Variable::Type::integer;
  v.flag_meanings = std::move(meanings);
  return v;
}

// Rows t = 0, 1, ... of one series.
std::string written(const TemporaryDirectory& run, const SeriesSchema& series, int rows,
                    const std::function<Vec(int)>& row) {
  const auto path = std::filesystem::path(run.file("x")).parent_path().string();
  auto output = RunOutput::create(path, {.title = "x", .summary = ""}, {series});
  for (int i = 0; i < rows; ++i) output.append(0, i, i, row(i));
  output.finish({.status = "complete", .reason = "", .t_reached = 1.0});
  return path;
}

}  // namespace

TEST_CASE("a figure of many branches says how many it leaves out", "[report][unit]") {
  const TemporaryDirectory run;
  const Axis rank{.name = "rank", .size = 14, .long_name = "rank"};
  SeriesSchema series{.name = "spectrum", .variables = {}};
  series.variables = {array("eigenvalue", rank), whole_numbers(array("branch", rank))};
  const auto path = written(run, series, 6, [](int i) {
    Vec row(28);
    row.head(14) = Vec::LinSpaced(14, 14.0, 1.0);
    row.tail(14) = Vec::LinSpaced(14, 1.0, 14.0);
    if (i > 2) std::swap(row[14], row[15]);  // two cross
    return row;
  });
  const report::RunFile file(path);
  bool seen = false;
  for (const auto& plan : report::plan_figures(file))
    if (plan.title == "Eigenvalues by branch") {
      seen = true;
      const auto figure = plan.load();
      CHECK(figure.curves.size() == 12);
      CHECK_THAT(figure.caption, Contains("The 12 longest of 14 branches are drawn."));
    }
  CHECK(seen);
}

TEST_CASE("charges stand beside their law, deviations beside their bound and verdict",
          "[report][unit]") {
  const TemporaryDirectory run;
  const Axis symmetry{.name = "symmetry",
                      .size = 3,
                      .long_name = "symmetry",
                      .labels = {"rescale_layer1", "scale_layer2", "translation_layer3"}};
  SeriesSchema series{.name = "charges", .variables = {}};
  series.variables = {array("charge", symmetry),
                      array("predicted_charge", symmetry),
                      array("deviation", symmetry),
                      array("deviation_bound", symmetry),
                      whole_numbers(array("verdict", symmetry),
                                    {"fail", "pass", "no_law", "no_bound", "needs_every_step"}),
                      array("asymmetry", symmetry),
                      array("asymmetry_bound", symmetry),
                      whole_numbers(array("symmetric", symmetry), {"no", "yes"})};
  const auto path = written(run, series, 5, [](int i) {
    Vec row(24);
    const double bad = i == 3 ? 1e-2 : 1e-9;  // once is enough
    row << 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 1e-9, bad, std::nan(""), 1e-6, 1e-6, 1e-6, 1.0,
        i == 3 ? 0.0 : 1.0, 2.0, 1e-16, 1e-16, 1e-3, 1e-12, 1e-12, 1e-12, 1.0, 1.0, 0.0;
    return row;
  });
  const report::RunFile file(path);
  std::vector<std::string> titles;
  for (const auto& plan : report::plan_figures(file)) {
    titles.push_back(plan.title);
    const auto figure = plan.load();
    CHECK(figure.x_label == "model time t");
    if (plan.title == "Charges") CHECK(figure.curves[1].role == report::Curve::Role::theory);
    if (plan.title == "Deviation of the charges from the law")
      CHECK_THAT(figure.caption,
                 Contains("PASS rescale layer1: 1e-09, bound 1e-06; FAIL scale layer2: 0.01, bound "
                          "1e-06; translation layer3: no law"));
    if (plan.title == "Asymmetry of the loss")
      CHECK_THAT(figure.caption, Contains("PASS rescale layer1: 1e-16, bound 1e-12") &&
                                     Contains("FAIL translation layer3: 0.001, bound 1e-12"));
  }
  CHECK(titles == std::vector<std::string>{"Charges", "Deviation of the charges from the law",
                                           "Asymmetry of the loss"});
}

TEST_CASE("measured is drawn beside theory, and an array over two coordinates as a map") {
  const TemporaryDirectory run;
  const Axis across{.name = "sigma_w", .size = 3, .long_name = "across", .values = {1.0, 1.5, 2.0}};
  const Axis up{.name = "sigma_b", .size = 2, .long_name = "up", .values = {0.0, 1.0}};
  const Axis net{.name = "net", .size = 2, .long_name = "net"};
  const Axis mode{.name = "mode", .size = 50, .long_name = "rank"};
  Variable map = array("log_chi", up), values = array("singular_value", net);
  map.axes.push_back(across);
  values.axes.push_back(mode);
  SeriesSchema series{.name = "layers", .variables = {}};
  series.variables = {{.name = "q", .long_name = "length"},
                      {.name = "q_error", .long_name = "its error"},
                      {.name = "q_theory", .long_name = "length by theory"},
                      map,
                      array("critical_sigma_w", up),
                      values,
                      array("singular_value_theory", mode)};
  const auto path = written(run, series, 3, [](int i) {
    Vec row(3 + 6 + 2 + 100 + 50);
    row << 1.0 + i, 0.1, 1.1 + i, Vec::LinSpaced(6, -1.0, 1.0), 1.2, 1.7,
        Vec::LinSpaced(50, 2.0, 0.02), Vec::LinSpaced(49, 2.0, 0.02), 1e-9,
        Vec::LinSpaced(50, 2.0, 0.02);
    return row;
  });
  const report::RunFile file(path);
  std::vector<std::string> titles;
  for (const auto& plan : report::plan_figures(file)) {
    auto figure = plan.load();
    titles.push_back(figure.title);
    CHECK_THAT(report::draw(figure, "x"), Contains("<svg"));
    if (figure.title == "Length") {
      REQUIRE(figure.curves.size() == 2);
      CHECK(figure.curves[1].role == report::Curve::Role::theory);
      CHECK(figure.curves[1].y.back() == 3.1);
    } else if (figure.grid) {
      CHECK(figure.grid->z[1] == Approx(-0.6));
      CHECK(figure.grid->z[3] == Approx(0.2));
      REQUIRE(figure.curves.size() == 1);
      CHECK(figure.curves[0].x == std::vector<double>{1.2, 1.7});
      CHECK(figure.curves[0].y == std::vector<double>{0.0, 1.0});
    } else {
      CHECK_THAT(figure.caption, Contains("1 % lie below 1e-4 of the largest"));
      REQUIRE(figure.curves.size() == 2);
      // A density of ln s: together with what is left out it has the mass 1.
      double mass = 0.0;
      const auto& c = figure.curves[0];
      for (std::size_t k = 1; k + 1 < c.x.size(); k += 2)
        mass += c.y[k] * std::log(c.x[k + 1] / c.x[k]);
      CHECK(mass == Approx(0.99).epsilon(1e-12));
    }
  }
  CHECK(titles.size() == 3);  // the error and the line have no figure of their own
}
