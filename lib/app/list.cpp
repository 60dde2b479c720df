// list: the names that a config may use, with one line each.
#include <thalweg/app/commands.hpp>
#include <thalweg/app/everything.hpp>
#include <thalweg/app/talk.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/names.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace thalweg {

int list_command(const Options& options) {
  if (!options.target.empty() && std::ranges::count(groups(), options.target) == 0)
    throw ConfigError("unknown list \"" + options.target + "\"" +
                      name_hint(options.target, groups()));
  nlohmann::ordered_json j{{"schema", "thalweg-list-1"}};
  std::string text;
  const auto all = everything();
  for (const auto& group : groups()) {
    if (!options.target.empty() && group != options.target) continue;
    j[group] = nlohmann::ordered_json::array();
    text += (text.empty() ? "" : "\n") + group + "\n";
    std::size_t width = 0;
    for (const auto& named : all)
      if (named.group == group) width = std::max(width, named.name.size());
    for (const auto& named : all) {
      if (named.group != group) continue;
      nlohmann::ordered_json entry{{"name", named.name}, {"summary", named.doc.summary}};
      if (group == "quantities") entry["unit"] = named.unit;
      j[group].push_back(std::move(entry));
      text += "  " + pad(named.name, width + 2) + named.doc.summary + "\n";
    }
    if (group == "quantities")
      text +=
          "  a model has more of its own (describe MODEL); [[compare]] name = \"x\" adds "
          "distance_x,\n  relative_distance_x, loss_x, gradient_norm_x and sharpness_x\n";
  }
  print(options.json ? j.dump(2) + "\n" : text);
  return 0;
}

}  // namespace thalweg
