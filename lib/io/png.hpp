// Pictures as PNG.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace thalweg {

/// Eight bits for red, green and blue, pixel by pixel, the top row first.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb{};
};

/// The bytes of a PNG file; equal pictures give equal bytes. @throws IoError
std::string png(const Picture& picture);

}  // namespace thalweg
