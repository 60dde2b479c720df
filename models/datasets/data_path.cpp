#include <thalweg/models/datasets/data_path.hpp>

#include <cstdlib>
#include <filesystem>
#include <thalweg/core/error.hpp>
#include <vector>

namespace thalweg {

std::string data_path(const std::string& name) {
  std::vector<std::filesystem::path> places;
  // Whoever sets the variable means that folder: no other may stand in for it.
  if (const char* chosen = std::getenv("THALWEG_DATA"); chosen && *chosen)
    places.emplace_back(chosen);
  else
    places = {THALWEG_INSTALL_DATA_DIR, THALWEG_SOURCE_DATA_DIR};

  std::string tried;
  for (const auto& place : places) {
    const auto file = place / name;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored)) return file.string();
    tried += (tried.empty() ? "" : " nor in ") + place.string();
  }
  throw IoError("data file \"" + name + "\" is not in " + tried +
                "; set the environment variable THALWEG_DATA to the folder that holds it");
}

}  // namespace thalweg
