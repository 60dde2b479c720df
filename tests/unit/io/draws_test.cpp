// Draws of chains in a result file: where each number lies, with parts, kills and other runs on
// top.
#include <filesystem>
#include <support/catch.hpp>
#include <support/temporary_directory.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/result_file.hpp>

using namespace thalweg;
using Catch::Contains;

namespace {

constexpr Index chains = 3;

SeriesSchema draws() {
  SeriesSchema s{.name = "posterior", .variables = {}};
  s.group = "/posterior";
  s.chains = chains;
  s.attributes = {{"sample_dims", std::vector<std::string>{"chain", "draw"}}};
  Variable w{.name = "w"};
  w.axes = {Axis{.name = "w_dim_0", .size = 2}, Axis{.name = "w_dim_1", .size = 2}};
  Variable depth{.name = "depth"};
  depth.type = Variable::Type::integer;
  Variable diverging{.name = "diverging"};
  diverging.type = Variable::Type::boolean;
  s.variables = {w, depth, diverging};
  return s;
}

// The value of entry k of w in a chain's draw tells where it belongs.
double w_value(Index chain, Index draw, Index k) {
  return static_cast<double>(1000 * chain + 10 * draw + k);
}

Vec row(Index draw) {
  Vec r(chains * 6);
  Index at = 0;
  for (Index c = 0; c < chains; ++c)
    for (Index k = 0; k < 4; ++k) r[at++] = w_value(c, draw, k);
  for (Index c = 0; c < chains; ++c) r[at++] = static_cast<double>(7 * draw + c);
  for (Index c = 0; c < chains; ++c) r[at++] = (draw + c) % 2 == 0 ? 1.0 : 0.0;
  return r;
}

void check_draws(const h5::File& file, Index n) {
  REQUIRE(file.shape("/posterior/w") == h5::Shape{chains, n, 2, 2});
  REQUIRE(file.shape("/posterior/depth") == h5::Shape{chains, n});
  const auto w = file.read("/posterior/w");
  const auto depth = file.read_integers("/posterior/depth");
  const auto diverging = file.read_integers("/posterior/diverging");
  bool right = true;
  for (Index c = 0, at = 0; c < chains; ++c)
    for (Index d = 0; d < n; ++d) {
      const auto i = static_cast<std::size_t>(c * n + d);
      right = right && depth[i] == 7 * d + c && diverging[i] == ((d + c) % 2 == 0 ? 1 : 0);
      for (Index k = 0; k < 4; ++k)
        right = right && w[static_cast<std::size_t>(at++)] == w_value(c, d, k);
    }
  CHECK(right);
  const auto numbers = file.read_integers("/posterior/draw");
  REQUIRE(static_cast<Index>(numbers.size()) == n);
  if (n > 0) CHECK((numbers.front() == 0 && numbers.back() == n - 1));
}

RunOutput::Options always_parts() {
  RunOutput::Options options;
  options.refresh_seconds = 0.0;
  options.refresh_share = 0.0;
  return options;
}

}  // namespace

TEST_CASE("draws lie as (chain, draw, ...) with counted axes and flags that readers know") {
  const TemporaryDirectory dir;
  auto out = RunOutput::create(dir.file(""), {}, {draws()});
  for (Index d = 0; d < 5; ++d) out.append(0, 0.0, 0, row(d));
  Variable metric{.name = "inv_metric"};
  metric.axes = {Axis{.name = "chain", .size = chains}, Axis{.name = "dim", .size = 2}};
  out.put_counted("/posterior", metric, std::vector<double>{1, 2, 3, 4, 5, 6});
  out.finish({});
  const auto file = h5::File::open(dir.file("result.h5"));
  check_draws(file, 5);
  CHECK(file.axes("/posterior/w") ==
        std::vector<std::string>{"chain", "draw", "w_dim_0", "w_dim_1"});
  CHECK(file.read_integers("/posterior/chain") == std::vector<std::int64_t>{0, 1, 2});
  CHECK(file.read_integers("/posterior/w_dim_1") == std::vector<std::int64_t>{0, 1});
  CHECK(file.axes("/posterior/inv_metric") == std::vector<std::string>{"chain", "dim"});
  CHECK(std::get<std::string>(*file.attribute("/posterior/diverging", "dtype")) == "bool");
  CHECK_FALSE(file.attribute("/posterior/depth", "dtype"));
  CHECK(std::get<std::vector<std::string>>(*file.attribute("/posterior", "sample_dims")) ==
        std::vector<std::string>{"chain", "draw"});
}

TEST_CASE("draws published in parts and continued from a checkpoint are those of one command") {
  const TemporaryDirectory dir;
  {
    auto out = RunOutput::create(dir.file(""), {}, {draws()}, always_parts());
    for (Index d = 0; d < 7; ++d) {
      out.append(0, 0.0, 0, row(d));
      if (d % 2 == 1) out.publish();
    }
  }  // the seventh draw was not published
  {
    auto out = RunOutput::reopen(dir.file(""), {}, {draws()}, {4}, always_parts());
    CHECK(out.rows() == std::vector<Index>{4});
    check_draws(h5::File::open(dir.file("result.h5")), 6);
    for (Index d = 4; d < 9; ++d) out.append(0, 0.0, 0, row(d));
    out.publish();
    out.finish({});
  }
  check_draws(h5::File::open(dir.file("result.h5")), 9);
}

TEST_CASE("a group of draws refuses rows and names that do not fit") {
  const TemporaryDirectory dir;
  auto out = RunOutput::create(dir.file(""), {}, {draws()});
  CHECK_THROWS_WITH(out.append(0, 0.0, 0, Vec::Zero(6)), Contains("a row has 6 values"));
  auto bad = draws();
  bad.variables[1].name = "draw";
  CHECK_THROWS_WITH(RunOutput::create(dir.file("other"), {}, {bad}),
                    Contains("the name \"draw\" is used twice"));
}
