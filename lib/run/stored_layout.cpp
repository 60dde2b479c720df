#include <thalweg/run/stored_layout.hpp>

#include <fmt/format.h>

namespace thalweg {

void put_vector(RunOutput& output, const char* group, const char* name, const char* long_name,
                In x) {
  Variable v{.name = name, .long_name = long_name};
  v.axes = {Axis{.name = "unknown",
                 .size = x.size(),
                 .long_name = "position in the flat state; /layout names its blocks"}};
  output.put(group, v, std::span<const double>(x.data(), static_cast<std::size_t>(x.size())));
}

void put_layout(RunOutput& output, const Layout& layout) {
  Axis axis{.name = "block", .size = static_cast<Index>(layout.size()), .long_name = "block"};
  std::vector<std::string> names, shapes;
  std::vector<double> offsets, sizes;
  std::vector<std::string> units;
  for (const auto& b : layout) {
    names.push_back(b.name);
    offsets.push_back(static_cast<double>(b.offset));
    sizes.push_back(static_cast<double>(b.size()));
    units.push_back(b.unit);
    shapes.push_back(fmt::format("{}", fmt::join(b.shape, " x ")));
  }
  const auto variable = [&](const char* name, const char* long_name, Variable::Type type) {
    Variable v{.name = name, .long_name = long_name};
    v.axes = {axis};
    v.type = type;
    return v;
  };
  output.put("/layout", variable("name", "name of the block", Variable::Type::real), names);
  output.put("/layout", variable("shape", "shape of the block, row-major", Variable::Type::real),
             shapes);
  output.put("/layout", variable("unit", "unit of its entries", Variable::Type::real), units);
  output.put("/layout",
             variable("offset", "first entry in the flat state", Variable::Type::integer), offsets);
  output.put("/layout", variable("size", "number of entries", Variable::Type::integer), sizes);
}

}  // namespace thalweg
