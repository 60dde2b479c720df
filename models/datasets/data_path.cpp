#include <thalweg/models/datasets/data_path.hpp>

#include <cstdlib>
#include <filesystem>
#include <thalweg/core/error.hpp>
#include <vector>

namespace thalweg {

namespace {

// An installed tree may have been moved: PREFIX/bin/thalweg, PREFIX/share/thalweg/data.
std::filesystem::path beside_program() {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  return program.parent_path().parent_path() / "share/thalweg/data";
}

}  // namespace

std::string data_path(const std::string& name) {
  std::vector<std::filesystem::path> places;
  // Whoever sets the variable means that folder: no other may stand in for it.
  if (const char* chosen = std::getenv("THALWEG_DATA"); chosen && *chosen)
    places.emplace_back(chosen);
  else
    places = {beside_program(), THALWEG_INSTALL_DATA_DIR, THALWEG_SOURCE_DATA_DIR};

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
