// Text from a file never becomes markup, and pictures of one page do not share ids.
#include "support/catch.hpp"

#include <thalweg/core/error.hpp>
#include <thalweg/report/draw.hpp>
#include <thalweg/report/gnuplot.hpp>
#include <thalweg/report/html.hpp>
#include <thalweg/report/svg.hpp>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

using namespace thalweg::report;
using Catch::Matchers::Contains;

namespace {

Figure simple_figure(const std::string& label) {
  Figure f{.title = label, .x_label = label, .y_label = label};
  for (const char* name : {"a", "b"}) {
    Curve c{.label = label + name};
    for (int i = 1; i < 30; ++i) {
      c.x.push_back(i);
      c.y.push_back(1.0 / i);
    }
    f.curves.push_back(c);
  }
  return f;
}

std::set<std::string> ids(const std::string& svg) {
  std::set<std::string> found;
  const std::regex id("\\bid=['\"]([^'\"]*)['\"]");
  for (std::sregex_iterator i(svg.begin(), svg.end(), id), end; i != end; ++i)
    found.insert((*i)[1].str());
  return found;
}

/// PATH without any program, for the length of a test.
struct EmptyPath {
  EmptyPath() : old(std::getenv("PATH")) { setenv("PATH", "/nonexistent", 1); }
  ~EmptyPath() { setenv("PATH", old.c_str(), 1); }
  std::string old;
};

}  // namespace

TEST_CASE("text is escaped for elements and attributes", "[report][unit]") {
  CHECK(escaped("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  CHECK(escaped("λ → ∞") == "λ → ∞");
  CHECK(escaped("a\nb\tc") == "a\nb\tc");
  const std::string replacement = "\xEF\xBF\xBD";
  CHECK(escaped(std::string_view("\x01", 1)) == replacement);
  CHECK(escaped("\xff") == replacement);
  CHECK(escaped("\xc3") == replacement);                                      // cut short
  CHECK(escaped("\xc0\xaf") == replacement + replacement);                    // overlong
  CHECK(escaped("\xed\xa0\x80") == replacement + replacement + replacement);  // surrogate
}

TEST_CASE("a string of gnuplot cannot be left and expands nothing", "[report][unit]") {
  CHECK(gnuplot_quoted("it's") == "'it’s'");
  CHECK(gnuplot_quoted("a\nb") == "'a b'");
  const auto marker = std::filesystem::temp_directory_path() / "thalweg_gnuplot_injection";
  std::filesystem::remove(marker);
  const std::string hostile = "'; system('touch " + marker.string() + "'); # `touch " +
                              marker.string() + "` @x \\n \" <b>&";
  auto figure = simple_figure(hostile);
  figure.marks.push_back({5.0, hostile});
  const auto svg = draw(figure, "figure1");
  CHECK_FALSE(std::filesystem::exists(marker));
  CHECK_THAT(svg, Contains("&lt;b"));
  CHECK_THAT(svg, !Contains("<b>"));
}

TEST_CASE("pictures of one page share no id and refer to their own", "[report][property]") {
  auto figure = simple_figure("loss");
  const auto first = draw(figure, "figure1"), second = draw(figure, "figure2");
  const auto a = ids(first), b = ids(second);
  REQUIRE(a.size() > 2);
  for (const auto& id : a) CHECK(b.count(id) == 0);
  const std::regex reference("(?:href=['\"]|url\\()#([^'\")]*)");
  int references = 0;
  for (std::sregex_iterator i(first.begin(), first.end(), reference), end; i != end;
       ++i, ++references)
    CHECK(a.count((*i)[1].str()) == 1);
  CHECK(references > 0);  // the figure has few points and shows them with markers
}

TEST_CASE("a missing gnuplot is named with its package", "[report][error]") {
  const EmptyPath path;
  CHECK_THROWS_WITH(run_gnuplot("plot x"), Contains("gnuplot-nox"));
  CHECK_THROWS_AS(run_gnuplot("plot x"), thalweg::IoError);
}

TEST_CASE("a script that gnuplot refuses or does not finish is an error", "[report][error]") {
  CHECK_THROWS_WITH(run_gnuplot("set nonsense 3\n"), Contains("could not draw") && Contains("set"));
  CHECK_THROWS_WITH(run_gnuplot("pause 30\n", 0.2), Contains("did not finish"));
  CHECK_THROWS_AS(inline_svg("<svg viewBox=\"0 0 1 1\">", "a", "cut short"), thalweg::IoError);
}
