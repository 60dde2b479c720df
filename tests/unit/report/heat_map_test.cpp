// Maps of colours: few cells are shapes, many are one picture.
#include <thalweg/report/heat_map.hpp>

#include <string>

#include <support/catch.hpp>

using namespace thalweg::report;

namespace {

std::string script_of(std::size_t side, const std::string& label = "z") {
  Figure figure{.title = "z"};
  figure.grid = Grid{.label = label};
  for (std::size_t i = 0; i < side; ++i) {
    figure.grid->x.push_back(static_cast<double>(i));
    figure.grid->y.push_back(static_cast<double>(i));
  }
  figure.grid->z.assign(side * side, 0.5);
  return make_map_drawing(figure, "id").script;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a map of many cells does not become a page of as many shapes", "[report]") {
  CHECK(has(script_of(100), "with image pixels"));
  CHECK_FALSE(has(script_of(200), "with image pixels"));
  CHECK(has(script_of(200), "with image notitle"));
}

TEST_CASE("the name of the colours fits beside the map, with its unit", "[report]") {
  const auto script = script_of(3, "largest finite-time Lyapunov exponent in depth [1/layer]");
  CHECK(has(script, "set cblabel 'largest finite-time Lyapunov … [1/layer]'"));
  CHECK(has(script_of(3, "sharpness [1/time]"), "set cblabel 'sharpness [1/time]'"));
}
