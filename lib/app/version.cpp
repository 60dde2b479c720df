#include <fmt/format.h>

#include <thalweg/app/commands.hpp>
#include <thalweg/core/version.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/models/networks/kernel/dispatch.hpp>

namespace thalweg {

std::string version_text() {
  const auto& build = build_info();
  auto text = fmt::format(
      "thalweg {}\n"
      "commit           {}{}\n"
      "compiler         {}, {} ({})\n"
      "instruction set  {}\n"
      "libraries       ",
      build.version, build.commit, build.dirty ? ", modified" : "", build.compiler,
      build.build_type, build.flags, mlp_kernel::instruction_set());
  // The libraries that a result's provenance names: "eigen_version" = "3.4.0", ...
  constexpr std::string_view ending = "_version";
  bool first = true;
  for (const auto& [key, value] : provenance({})) {
    if (!key.ends_with(ending)) continue;
    text += fmt::format("{} {} {}", first ? "" : ",", key.substr(0, key.size() - ending.size()),
                        std::get<std::string>(value));
    first = false;
  }
  return text + "\n";
}

}  // namespace thalweg
