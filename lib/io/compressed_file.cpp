#include <thalweg/core/error.hpp>
#include <thalweg/io/private/compressed_file.hpp>

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace thalweg {

std::string read_compressed_file(const std::string& path, std::size_t limit) {
  if (std::filesystem::is_directory(path)) throw IoError(path + ": is a directory, not a file");
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rb");  // passes plain files through
  if (!file) throw IoError(path + ": cannot open it: " + std::strerror(errno ? errno : ENOMEM));
  std::string bytes;
  std::string block(1U << 20, '\0');
  int n = 0;
  while ((n = gzread(file, block.data(), static_cast<unsigned>(block.size()))) > 0) {
    bytes.append(block, 0, static_cast<std::size_t>(n));
    if (limit > 0 && bytes.size() >= limit) {
      bytes.resize(limit);
      gzclose(file);
      return bytes;
    }
  }
  int code = Z_OK;
  std::string why = gzerror(file, &code);
  if (code == Z_ERRNO) why = std::strerror(errno);
  const int closed = gzclose(file);
  if (n < 0) throw IoError(path + ": cannot read it: " + why);
  if (closed == Z_BUF_ERROR || code == Z_BUF_ERROR)
    throw IoError(path + ": the gzip stream ends too early, the file is cut short");
  return bytes;
}

}  // namespace thalweg
