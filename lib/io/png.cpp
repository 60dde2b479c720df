#include <thalweg/core/error.hpp>
#include <thalweg/io/png.hpp>

#include <png.h>

#include <cstddef>

namespace thalweg {

std::string png(const Picture& picture) {
  if (picture.width < 1 || picture.height < 1 ||
      picture.rgb.size() !=
          static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 3)
    throw IoError("a picture needs three bytes for each of its pixels, at least one");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  const auto write = [&](void* memory) {
    if (!png_image_write_to_memory(&image, memory, &size, 0, picture.rgb.data(), 0, nullptr))
      throw IoError(std::string("cannot make a PNG picture: ") + image.message);
  };
  write(nullptr);  // how long it will be
  std::string bytes(size, '\0');
  write(bytes.data());
  bytes.resize(size);
  return bytes;
}

}  // namespace thalweg
