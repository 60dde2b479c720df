#include <cstring>
#include <fstream>
#include <random>
#include <thalweg/config/config_reader.hpp>
#include <thalweg/config/toml_text.hpp>

#include "support/catch.hpp"
#include "support/sample_config.hpp"
#include "support/temporary_directory.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

const std::string minimal = "[model]\nname = \"mlp\"\n";
const std::string full = R"(
seed = 7            # an integer
quiet = true
rtol = 1            # an integer where a number is wanted
limit = inf         # allowed because the default is infinite
times = [0, 2.5]
steps = 1e6         # a whole number, however it is written
[model]
name = 'rosenbrock'
damping = 0.0
widths = [
  10, 20.0,
]
[[record]]
name = "fine"
what = ["loss", "gradient_norm"]
when = { every = 0.5 }
[[record]]
name = "größe"
when.every = 2
when.start = 1.0
)";

}  // namespace

TEST_CASE("a configuration fills every kind of field", "[config][unit]") {
  const Sample s = read(full);
  CHECK(s.seed == 7);
  CHECK(s.quiet);
  CHECK(s.rtol == 1.0);
  CHECK(std::isinf(s.limit));
  CHECK(s.times == std::vector<double>{0.0, 2.5});
  CHECK(s.steps == Index{1000000});
  CHECK(s.model.name == "rosenbrock");
  CHECK(s.model.damping == 0.0);
  CHECK(s.model.widths == std::vector<Index>{10, 20});
  REQUIRE(s.records.size() == 2);
  CHECK(s.records[0].what == std::vector<std::string>{"loss", "gradient_norm"});
  CHECK(s.records[0].when.every == 0.5);
  CHECK_FALSE(s.records[0].when.start);
  CHECK(s.records[1].name == "größe");
  CHECK(s.records[1].when.every == 2.0);
  CHECK(s.records[1].when.start == 1.0);
}

TEST_CASE("what is not given keeps its default", "[config][unit]") {
  const Sample s = read(minimal);
  CHECK(s.seed == 0);
  CHECK(s.times == std::vector<double>{0.5, 1.0});
  CHECK_FALSE(s.steps);
  CHECK(s.model.widths == std::vector<Index>{3, 2});
  CHECK(s.records.empty());
}

TEST_CASE("line ends of Windows, a byte order mark and no last line end change nothing",
          "[config][unit]") {
  const Sample s = read("\xEF\xBB\xBFseed = 3\r\n[model]\r\nname = \"mlp\"");
  CHECK(s.seed == 3);
  CHECK(s.model.name == "mlp");
}

TEST_CASE("the resolved configuration reads back to the same and resolves to itself",
          "[config][unit]") {
  ConfigReader first(Config::from_text(full, "run.toml"));
  const Sample a = read(first);
  ConfigReader second(Config::from_text(first.resolved(), "resolved.toml"));
  const Sample b = read(second);
  CHECK(first.resolved() == second.resolved());
  CHECK(b.seed == a.seed);
  CHECK(b.quiet == a.quiet);
  CHECK(b.rtol == a.rtol);
  CHECK(b.limit == a.limit);
  CHECK(b.times == a.times);
  CHECK(b.steps == a.steps);
  CHECK(b.model.name == a.model.name);
  CHECK(b.model.widths == a.model.widths);
  REQUIRE(b.records.size() == 2);
  CHECK(b.records[0].what == a.records[0].what);
  CHECK(b.records[1].name == a.records[1].name);
  CHECK(b.records[1].when.start == a.records[1].when.start);
}

TEST_CASE("the resolved configuration shows defaults, units and meanings in the order of reading",
          "[config][unit]") {
  ConfigReader reader(Config::from_text(minimal + "[[record]]\nname = \"a\"\n", "run.toml"));
  read(reader);
  CHECK(reader.resolved() == R"(seed = 0  # of all random numbers
quiet = false  # no progress
rtol = 1e-6  # relative tolerance
limit = inf  # [s] wall time
times = [0.5, 1.0]  # [time] when to look

[model]
name = "mlp"  # which model
damping = 0.2  # [1/time] friction coefficient
widths = [3, 2]  # hidden layers
complaint = ""  # what the model says of itself

[[record]]
name = "a"  # group in the file
what = []  # quantities

[record.when]
every = 1.0  # [time] interval
)");
}

TEST_CASE("a double, a text and a key written as TOML read back unchanged", "[config][unit]") {
  std::mt19937_64 bits(1);
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t word = bits();
    double x = 0.0;
    std::memcpy(&x, &word, sizeof x);
    if (std::isnan(x)) continue;
    const Node node = parse_toml_value(toml_text(x), "test");
    REQUIRE(node.kind == Node::Kind::number);
    REQUIRE(std::memcmp(&node.number, &x, sizeof x) == 0);
  }
  for (const double x : {0.0, -0.0, 1.0, 1e300, 5e-324, 1e-5, 123456789.0, 1e15, 1e16, 1e22})
    CHECK(parse_toml_value(toml_text(x), "test").number == x);
  CHECK(std::signbit(parse_toml_value(toml_text(-0.0), "test").number));
  CHECK(std::isnan(parse_toml_value(toml_text(NAN), "test").number));

  std::string all = "größe \"quoted\" \\ \r\n\t";
  for (char c = 1; c < 0x20; ++c) all += c;
  all += '\x7F';
  CHECK(parse_toml_value(toml_text(all), "test").text == all);
  for (const std::string key : {"plain_1-x", "", "with.dot", "größe", "a\"b", "a b"}) {
    const Node root = parse_toml(toml_key(key) + " = 1\n", "test");
    REQUIRE(root.entries.size() == 1);
    CHECK(root.entries[0].first == key);
  }
}

TEST_CASE("an assignment of --set overrides what the file says and adds what it does not",
          "[config][unit]") {
  Config config = Config::from_text(full, "run.toml");
  config.set("seed=11");
  config.set("model.name=mlp");                // a bare word is text
  config.set("model.damping = 0.75");          // spaces are as in TOML
  config.set("record[0].when.every=3e-2");     // inside an inline table
  config.set("record[1].what=[\"loss\"]");     // absent before
  config.set("model.\"complaint\"=''");        // a quoted key
  config.set("record[1].when={every=4.0}");    // replaces a whole table
  config.set("times[1]=7");                    // an element of a list
  config.set("record[0].name=results/a-b.c");  // a path
  const Sample s = read(config);
  CHECK(s.seed == 11);
  CHECK(s.model.name == "mlp");
  CHECK(s.model.damping == 0.75);
  CHECK(s.records[0].when.every == 0.03);
  CHECK(s.records[0].name == "results/a-b.c");
  CHECK(s.records[1].what == std::vector<std::string>{"loss"});
  CHECK(s.records[1].when.every == 4.0);
  CHECK_FALSE(s.records[1].when.start);
  CHECK(s.times == std::vector<double>{0.0, 7.0});

  Config empty = Config::from_text("", "run.toml");
  empty.set("model.name=mlp");
  CHECK(read(empty).model.name == "mlp");
}

TEST_CASE("a bare word that TOML knows is what TOML says", "[config][unit]") {
  CHECK(parse_toml_value("true", "test").kind == Node::Kind::boolean);
  CHECK(parse_toml_value("inf", "test").kind == Node::Kind::number);
  CHECK(parse_toml_value("1979-05-27", "test").kind == Node::Kind::date);
  CHECK(parse_toml_value("truely", "test").text == "truely");
  CHECK(parse_toml_value("\"1\"", "test").text == "1");
}

TEST_CASE("given tells what the file has in the table that is being read", "[config][unit]") {
  ConfigReader reader(Config::from_text("[a]\nx = 1\n", "run.toml"));
  CHECK(reader.given("a"));
  CHECK_FALSE(reader.given("x"));
  reader.table("a", "", [&] {
    CHECK(reader.given("x"));
    CHECK_FALSE(reader.given("a"));
  });
  reader.table("b", "", [&] { CHECK_FALSE(reader.given("x")); });
}

TEST_CASE("a table that is visited twice is one table", "[config][unit]") {
  ConfigReader reader(Config::from_text("[a]\nx = 1\ny = 2\n", "run.toml"));
  double x = 0.0, y = 0.0;
  reader.table("a", "", [&] { reader("x", x, "1", ""); });
  reader.table("a", "", [&] { reader("y", y, "1", ""); });
  reader.finish();
  CHECK(reader.resolved() == "\n[a]\nx = 1.0\ny = 2.0\n");
}

TEST_CASE("a configuration comes from a file", "[config][unit]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("run.toml");
  std::ofstream(path) << minimal;
  CHECK(read(Config::from_file(path)).model.name == "mlp");
  CHECK(Config::from_file(path).name() == path);
  std::ofstream(path) << "";
  CHECK(Config::from_file(path).root().entries.empty());
}
