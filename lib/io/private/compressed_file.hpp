// Whole files, plain or gzipped, as bytes.
#pragma once
#include <cstddef>
#include <string>

namespace thalweg {

/// At most `limit` bytes (0: all). Throws IoError, also when a gzip stream is cut short.
std::string read_compressed_file(const std::string& path, std::size_t limit = 0);

}  // namespace thalweg
