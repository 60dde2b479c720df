#include <thalweg/run/plane/tile_store.hpp>

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/provenance.hpp>

namespace thalweg {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t digest = 64;  // hexadecimal digits of SHA-256, in front of the numbers

}  // namespace

std::string TileStore::path(Index level, Index tile) const {
  return (fs::path(folder_) / fmt::format("tile-{:02}-{:06}.bin", level, tile)).string();
}

void TileStore::write(Index level, Index tile, const Tile& content) const {
  const std::size_t bytes = content.values.size() * sizeof(double);
  std::string data(sizeof(content.work) + bytes, '\0');
  std::memcpy(data.data(), &content.work, sizeof(content.work));
  std::memcpy(data.data() + sizeof(content.work), content.values.data(), bytes);
  const std::string file = path(level, tile), temporary = temporary_name(file);
  std::ofstream out(temporary, std::ios::binary);
  out << sha256(data) << data;
  out.close();
  std::error_code error;
  if (out) fs::rename(temporary, file, error);
  if (!out || error) {
    discard_file(temporary);
    throw IoError(file + ": cannot be written; is the disk full?");
  }
}

std::optional<Tile> TileStore::read(Index level, Index tile, Index size) const {
  if (!has(level, tile)) return std::nullopt;
  const auto text = read_text_file(path(level, tile));
  Tile content;
  const std::size_t bytes = static_cast<std::size_t>(size) * sizeof(double);
  if (text.size() != digest + sizeof(content.work) + bytes) return std::nullopt;
  const auto data = text.substr(digest);
  if (sha256(data) != text.substr(0, digest)) return std::nullopt;
  std::memcpy(&content.work, data.data(), sizeof(content.work));
  content.values.resize(static_cast<std::size_t>(size));
  std::memcpy(content.values.data(), data.data() + sizeof(content.work), bytes);
  return content;
}

bool TileStore::has(Index level, Index tile) const {
  std::error_code none;
  return fs::exists(path(level, tile), none);
}

void TileStore::clear() const {
  std::error_code error;
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(folder_, error))
    if (entry.path().filename().string().starts_with("tile-")) all.push_back(entry.path());
  for (const auto& p : all)
    if (!error) fs::remove(p, error);
  if (error) throw IoError(folder_ + ": cannot remove finished tiles: " + error.message());
}

}  // namespace thalweg
