// Files that are either whole or not there: written beside, synced, renamed into place.
#pragma once
#include <string>
#include <string_view>

namespace thalweg {

/// `path` + ".tmp": what a killed process may leave behind.
std::string temporary_name(const std::string& path);

/// fsync(file), rename to `path`, fsync(directory). Throws IoError.
void publish_file(const std::string& temporary, const std::string& path);

/// fsync: the contents are on the disk.
void sync_file(const std::string& path);
/// fsync of a directory: names that were made or removed in it are on the disk.
void sync_directory(const std::string& directory);

/// Gives back the space of a file that could not be finished, even if a library still holds it.
void discard_file(const std::string& path) noexcept;

void write_text_file(const std::string& path, std::string_view text);
std::string read_text_file(const std::string& path);

}  // namespace thalweg
