// Figures of analyses: what is left out is told, and a verdict stands beside its numbers.
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/io/result_file.hpp>
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
