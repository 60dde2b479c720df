// Every complaint about a configuration, word for word.
#include <filesystem>
#include <thalweg/config/config_reader.hpp>

#include "support/catch.hpp"
#include "support/sample_config.hpp"
#include "support/temporary_directory.hpp"

using namespace thalweg;
using namespace thalweg::test;

namespace {

template <class Action>
std::string complaint(const Action& action) {
  try {
    action();
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "no complaint";
}

std::string complaint(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return complaint([&] {
    Config config = Config::from_text(text, "run.toml");
    for (const auto& o : overrides) config.set(o);
    read(config);
  });
}

struct Case {
  std::string text, message;
};

const std::string model = "[model]\nname = \"mlp\"\n";  // two lines that are always right

void check_all(const std::vector<Case>& cases) {
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(complaint(c.text) == c.message);
  }
}

}  // namespace

TEST_CASE("a value of the wrong type is shown with its place and what it must be",
          "[config][error]") {
  check_all({
      {"rtol = \"small\"\n" + model, "run.toml:1:8: rtol = \"small\" must be a number"},
      {"rtol = true\n" + model, "run.toml:1:8: rtol = true must be a number"},
      {"rtol = 1979-05-27\n" + model, "run.toml:1:8: rtol = 1979-05-27 must be a number"},
      {"seed = 1.5\n" + model, "run.toml:1:8: seed = 1.5 must be an integer"},
      {"seed = 1e300\n" + model, "run.toml:1:8: seed = 1e300 must be an integer"},
      {"seed = nan\n" + model, "run.toml:1:8: seed = nan must be an integer"},
      {"seed = \"7\"\n" + model, "run.toml:1:8: seed = \"7\" must be an integer"},
      {"quiet = 1\n" + model, "run.toml:1:9: quiet = 1 must be true or false"},
      {model + "complaint = 3\n", "run.toml:3:13: model.complaint = 3 must be text in quotes"},
      {model + "widths = 3\n", "run.toml:3:10: model.widths = 3 must be a list of integers in [ ]"},
      {model + "widths = [3,\n 2.5]\n", "run.toml:4:2: model.widths[1] = 2.5 must be an integer"},
      {"times = [0, \"x\"]\n" + model, "run.toml:1:13: times[1] = \"x\" must be a number"},
      {"times = { a = 1 }\n" + model,
       "run.toml:1:9: times = { a = 1 } must be a list of numbers in [ ]"},
      {model + "[[record]]\nname = \"a\"\nwhat = \"loss\"\n",
       "run.toml:5:8: record[0].what = \"loss\" must be a list of texts in [ ]"},
  });
}

TEST_CASE("a value out of range is shown as it was written, with the rule", "[config][error]") {
  check_all({
      {"rtol = -1e-6\n" + model, "run.toml:1:8: rtol = -1e-6 must be > 0"},
      {"rtol=0\n" + model, "run.toml:1:6: rtol = 0 must be > 0"},
      {"rtol = nan\n" + model, "run.toml:1:8: rtol = nan must be a finite number"},
      {"rtol = +inf\n" + model, "run.toml:1:8: rtol = +inf must be a finite number"},
      {"limit = -inf\n" + model, "run.toml:1:9: limit = -inf must be > 0"},
      {"limit = nan\n" + model, "run.toml:1:9: limit = nan must be a finite number"},
      {"seed = -1_000\n" + model, "run.toml:1:8: seed = -1_000 must be >= 0"},
      {"steps = 0\n" + model, "run.toml:1:9: steps = 0 must be >= 1"},
      {"times = [1, -2]\n" + model, "run.toml:1:13: times[1] = -2 must be >= 0"},
      {model + "damping = 1.0\n", "run.toml:3:11: model.damping = 1.0 must be in [0, 1)"},
      {model + "[[record]]\n[[record]]\nwhen = {every = 0}\n",
       "run.toml:5:17: record[1].when.every = 0 must be > 0"},
  });
}

TEST_CASE("a name that is not a choice is answered with the choices and the nearest",
          "[config][error]") {
  check_all({
      {"[model]\nname = \"rosenbrok\"\n",
       "run.toml:2:8: model.name = \"rosenbrok\" must be \"quadratic\", \"rosenbrock\" or "
       "\"mlp\"; did you mean \"rosenbrock\"?"},
      {"[model]\nname = \"completely different\"\n",
       "run.toml:2:8: model.name = \"completely different\" must be \"quadratic\", "
       "\"rosenbrock\" or \"mlp\""},
      {model + "[[record]]\nwhat = [\"loss\", \"gradnorm\"]\n",
       "run.toml:4:17: record[0].what[1] = \"gradnorm\" must be \"loss\" or \"gradient_norm\""},
      {model + "[[record]]\nwhat = [\"loss\", \"gradient_nrom\"]\n",
       "run.toml:4:17: record[0].what[1] = \"gradient_nrom\" must be \"loss\" or "
       "\"gradient_norm\"; did you mean \"gradient_norm\"?"},
  });
}

TEST_CASE("a key that nobody asked for is an error with the nearest name", "[config][error]") {
  check_all({
      {model + "dampng = 0.2\n",
       "run.toml:3:10: model.dampng is not a parameter here; did you mean \"damping\"?"},
      {model + "xyzzy = 0.2\n",
       "run.toml:3:9: model.xyzzy is not a parameter here; choose \"name\", \"damping\", "
       "\"widths\" or \"complaint\""},
      {model + "[recrod]\n",
       "run.toml:3:1: recrod is not a parameter here; did you mean \"record\"?"},
      {model + "[[record]]\n[[record]]\nwhen = { evry = 2, every = 1 }\n",
       "run.toml:5:17: record[1].when.evry is not a parameter here; did you mean \"every\"?"},
      {"\"größe.x\" = 1\n" + model,
       "run.toml:1:13: \"größe.x\" is not a parameter here; choose \"seed\", \"quiet\", \"rtol\", "
       "\"limit\", \"times\", \"steps\", \"model\" or \"record\""},
      {"\"\" = 1\nquit = true\n" + model + "[model.extra]\na = 1\nb = 2\n",
       "run.toml:1:6: \"\" is not a parameter here; choose \"seed\", \"quiet\", \"rtol\", "
       "\"limit\", \"times\", \"steps\", \"model\" or \"record\"\n"
       "run.toml:2:8: quit is not a parameter here; did you mean \"quiet\"?\n"
       "run.toml:5:1: model.extra is not a parameter here; choose \"name\", \"damping\", "
       "\"widths\" or \"complaint\""},
  });
}

TEST_CASE("a value that must be given and is not is named, with what looks like it",
          "[config][error]") {
  const std::string rule = "it must be \"quadratic\", \"rosenbrock\" or \"mlp\"";
  check_all({
      {"", "run.toml: model.name is missing; " + rule},
      {"\n# nothing\n", "run.toml: model.name is missing; " + rule},
      {"seed = 1\n[model]\ndamping = 0.1\n", "run.toml:2:1: model.name is missing; " + rule},
      {"[model]\nnmae = \"mlp\"\n", "run.toml:1:1: model.name is missing; " + rule +
                                        "; is \"nmae\" (run.toml:2:8) meant to be \"name\"?"},
      {"[modle]\nname = \"mlp\"\n", "run.toml: model.name is missing; " + rule +
                                        "; is \"modle\" (run.toml:1:1) meant to be \"model\"?"},
  });
}

TEST_CASE("a table, a list of tables and a value are not taken for one another",
          "[config][error]") {
  check_all({
      {"model = \"mlp\"\n",
       "run.toml:1:9: model = \"mlp\" must be a table: write [model] and its keys below"},
      {"[[model]]\nname = \"mlp\"\n",
       "run.toml:1:1: model must be one table: write [model], not [[model]]"},
      {"model = []\n",
       "run.toml:1:9: model = [] must be a table: write [model] and its keys below"},
      {model + "[record]\nname = \"a\"\n",
       "run.toml:3:1: record must be a list of tables: write [[record]], once for each"},
      {"record = 3\n" + model,
       "run.toml:1:10: record = 3 must be a list of tables: write [[record]], once for each"},
      {"record = [{}, 1]\n" + model,
       "run.toml:1:10: record = [{}, 1] must be a list of tables: write [[record]], once for "
       "each"},
      {"[rtol]\nx = 1\n" + model, "run.toml:1:1: rtol = {...} must be a number"},
      {"[[rtol]]\nx = 1\n" + model, "run.toml:1:1: rtol = [{...}] must be a number"},
      {model + "[[record]]\nwhen = 1\n",
       "run.toml:4:8: record[0].when = 1 must be a table: write [record[0].when] and its keys "
       "below"},
  });
}

TEST_CASE("what a model says of itself gets the place of its table", "[config][error]") {
  CHECK(complaint("seed = 1\n" + model + "complaint = \"widths do not fit the data\"\n") ==
        "run.toml:2:1: model: widths do not fit the data");
  CHECK(complaint("", {"model.name=mlp", "model.complaint=nonsense"}) ==
        "--set model.name=mlp: model: nonsense");
}

TEST_CASE("a field can be rejected for a reason of its own", "[config][error]") {
  ConfigReader reader(Config::from_text("[time]\nstart = 2\n", "run.toml"));
  double start = 0.0, end = 1.0;
  const auto rejected = [&](const char* key) {
    return complaint([&] {
      reader.table("time", "", [&] {
        reader("start", start, "time", "");
        reader("end", end, "time", "");
        reader.reject(key, "must not lie on the other side of the other");
      });
    });
  };
  CHECK(rejected("start") ==
        "run.toml:2:9: time.start = 2 must not lie on the other side of the other");
  CHECK(rejected("end") ==
        "run.toml:1:1: time.end = 1.0 (default) must not lie on the other side of the other");
}

TEST_CASE("text that is not TOML is answered with line, column and reason", "[config][error]") {
  check_all({
      {"seed = \n", "run.toml:1:8: Error while parsing key-value pair: expected value, saw '\\n'"},
      {"seed = 1\nseed = 2\n",
       "run.toml:2:8: Error while parsing key-value pair: cannot redefine existing integer "
       "'seed'"},
      {"rtol = 1e400\n",
       "run.toml:1:13: Error while parsing floating-point: '1e400' could not be interpreted as a "
       "value"},
      {"seed = 99999999999999999999\n",
       "run.toml:1:28: Error while parsing decimal integer: '99999999999999999999' is not "
       "representable in 64 bits"},
      {"[model\nname = 1\n",
       "run.toml:1:7: Error while parsing table header: expected ']', saw '\\n'"},
      {"größe = 1\n", "run.toml:1:3: ö may only stand in quotes or a comment"},
      {"a = '''ö'''\nb = 'x' # ö\nc = \"\\\"ö\"\n[ü]\n",
       "run.toml:4:2: ü may only stand in quotes or a comment"},
      {"a = 'x\n",
       "run.toml:1:7: Error while parsing literal string: control characters other than TAB "
       "(U+0009) are explicitly prohibited"},
      {"[a]\n[a]\n",
       "run.toml:2:1: Error while parsing table header: cannot redefine existing table 'a'"},
      {std::string("a = \"\0\"\n", 8),
       "run.toml:1:6: Error while parsing string: unescaped control characters other than TAB "
       "(U+0009) are explicitly prohibited"},
      {"a = \"\xFF\"\n", "run.toml:1:5: Encountered invalid utf-8 sequence"},
  });
}

TEST_CASE("a file nested too deeply is refused, not a crash", "[config][error]") {
  std::string dotted = "a";
  for (int i = 0; i < 200000; ++i) dotted += ".a";
  CHECK(complaint(dotted + " = 1\n") == "run.toml:1:130: a key may have at most 64 dots");
  CHECK(complaint("[" + dotted + "]\n") == "run.toml:1:131: a key may have at most 64 dots");
  CHECK(complaint("x = " + std::string(100000, '[')) ==
        "run.toml:1:261: Error while parsing value: exceeded maximum nested value depth of 256 "
        "(TOML_MAX_NESTED_VALUES)");
  std::string tables;
  for (int i = 0; i < 100000; ++i) tables += "{a=";
  CHECK(complaint("x = " + tables) ==
        "run.toml:1:773: Error while parsing value: exceeded maximum nested value depth of 256 "
        "(TOML_MAX_NESTED_VALUES)");
  // Comments, texts and numbers are no keys.
  const std::string ruler = "# " + dotted + "\nquiet = false # " + dotted + "\n";
  CHECK(read(ruler + "times = [" +
             [] {
               std::string s;
               for (int i = 0; i < 100; ++i) s += "0.5, ";
               return s;
             }() +
             "]\n" + model)
            .times.size() == 100);
}

TEST_CASE("a complaint about --set begins with it", "[config][error]") {
  const auto set = [](const std::string& assignment, const std::string& text = model) {
    return complaint(text, {assignment});
  };
  CHECK(set("rtol=x") == "--set rtol=x: rtol = \"x\" must be a number");
  CHECK(set("rtol=-1e-6") == "--set rtol=-1e-6: rtol = -1e-6 must be > 0");
  CHECK(set("rtol=1e400") ==
        "--set rtol=1e400: Error while parsing floating-point: '1e400' could not be interpreted as "
        "a value");
  CHECK(set("times=[1, -1]") == "--set times=[1, -1]: times[1] = -1 must be >= 0");
  CHECK(set("model.dampng=0.5") ==
        "--set model.dampng=0.5: model.dampng is not a parameter here; did you mean "
        "\"damping\"?");
  CHECK(set("modle.damping=0.5") ==
        "--set modle.damping=0.5: modle is not a parameter here; did you mean \"model\"?");
  CHECK(set("rtol=größe") == "--set rtol=größe: rtol = \"größe\" must be a number");
  CHECK(set("times=[ö]") == "--set times=[ö]: ö may only stand in quotes or a comment");
  CHECK(set("rtol") == "--set rtol: no value; write --set key=value");
  CHECK(set("rtol=") == "--set rtol=: no value after =; an empty text is written \"\"");
  const std::string how =
      " is not a key; write --set key=value, --set table.key=value or --set array[0].key=value";
  for (const std::string path : {"", ".", "a.", ".a", "a..b", "a b", "a[", "a[]", "a[x]", "a[-1]",
                                 "a[0", "a]", "a[1e9]", "a[99999999999999999999]", "\"a"})
    CHECK_THAT(set(path + "=1"), Catch::EndsWith(path == "\"a" ? "no value; write --set key=value"
                                                               : '"' + path + '"' + how));
  CHECK(set("record[0].name=x") == "--set record[0].name=x: there is no array record in run.toml");
  CHECK(set("record[2].name=x", model + "[[record]]\n[[record]]\n") ==
        "--set record[2].name=x: record has 2 elements, counted from 0");
  CHECK(set("record.name=x", model + "[[record]]\n") ==
        "--set record.name=x: record is an array; say which element, as in record[0]");
  CHECK(set("model[0].name=x") == "--set model[0].name=x: model is not an array");
  CHECK(set("model.name.x=1") == "--set model.name.x=1: model.name = \"mlp\" is not a table");
  CHECK(set("seed=1\nrtol=2") ==
        "--set seed=1\nrtol=2: one key takes one value; give --set once per key");
}

TEST_CASE("long and many-lined values are shortened in messages", "[config][error]") {
  CHECK(complaint("rtol = \"\"\"\nmany\nlines\"\"\"\n" + model) ==
        "run.toml:1:8: rtol = \"\"\"... must be a number");
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "ü";
  std::string shown;
  for (int i = 0; i < 29; ++i) shown += "ü";
  CHECK(complaint("rtol = \"" + umlauts + "\"\n" + model) ==
        "run.toml:1:8: rtol = \"" + shown + "... must be a number");
}

TEST_CASE("a file that cannot be read is an I/O error", "[config][error]") {
  const TemporaryDirectory directory;
  const std::string path = directory.file("none.toml");
  CHECK_THROWS_MATCHES(Config::from_file(path), IoError,
                       Catch::Message("cannot read " + path + ": No such file or directory"));
  std::filesystem::create_directory(directory.file("folder"));
  CHECK_THROWS_MATCHES(
      Config::from_file(directory.file("folder")), IoError,
      Catch::Message("cannot read " + directory.file("folder") + ": it is a directory"));
}
