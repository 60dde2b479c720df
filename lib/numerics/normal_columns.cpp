#include <thalweg/numerics/normal_columns.hpp>

#include <Random123/philox.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <thalweg/core/rng.hpp>

namespace thalweg {

namespace {

// Under the curve y = exp(-x^2/2), x > 0, lie 255 rectangles and the base with the tail, all of one
// area; edge[i] is the width of layer i, edge[0] that of the base as if it were a rectangle.
struct Ziggurat {
  static constexpr double tail = 3.6541528853610088, area = 0.00492867323399141;
  std::array<double, 257> edge{}, height{};

  Ziggurat() {
    const auto curve = [](double x) { return std::exp(-0.5 * x * x); };
    edge[0] = area / curve(tail);
    edge[1] = tail;
    for (std::size_t i = 2; i < 256; ++i)
      edge[i] = std::sqrt(-2.0 * std::log(area / edge[i - 1] + curve(edge[i - 1])));
    for (std::size_t i = 0; i < 257; ++i) height[i] = curve(edge[i]);
  }
};

const Ziggurat& ziggurat() {
  static const Ziggurat the_ziggurat;
  return the_ziggurat;
}

using Philox = r123::Philox4x64;

Philox::ctr_type words(const std::array<std::uint64_t, 2>& key,
                       const std::array<std::uint64_t, 3>& address, std::uint64_t counter) {
  return Philox()({{counter, address[0], address[1], address[2]}}, {{key[0], key[1]}});
}

// Uniform in (0, 1).
double uniform(std::uint64_t word) { return (static_cast<double>(word >> 11) + 0.5) * 0x1p-53; }

struct Point {
  std::size_t layer;
  double x;
};

// 8 bits of the layer, one of the sign, and the upper 53 for the place.
Point point(std::uint64_t word, const Ziggurat& z) {
  const auto layer = static_cast<std::size_t>(word & 255);
  return {layer, static_cast<double>(word >> 11) * 0x1p-53 * z.edge[layer]};
}

double with_sign(std::uint64_t word, double x) {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(x) | (word & 256) << 55);
}

// One number in 80: the place is outside the rectangle that lies under the curve. More words come
// from the upper half of the counters, where each number has a million of its own.
double at_the_curve(std::uint64_t word, const std::array<std::uint64_t, 2>& key,
                    const std::array<std::uint64_t, 3>& address, std::uint64_t number,
                    const Ziggurat& z) {
  std::uint64_t counter = (std::uint64_t{1} << 63) | (number << 20);
  for (;;) {
    const auto [layer, x] = point(word, z);
    if (x < z.edge[layer + 1]) return with_sign(word, x);
    auto more = words(key, address, counter++);
    if (layer == 0) {  // Marsaglia's way beyond the last rectangle
      for (;;) {
        const double out = -std::log(uniform(more[0])) / Ziggurat::tail;
        if (-2.0 * std::log(uniform(more[1])) >= out * out)
          return with_sign(word, Ziggurat::tail + out);
        more = words(key, address, counter++);
      }
    }
    const double y = z.height[layer] + uniform(more[0]) * (z.height[layer + 1] - z.height[layer]);
    if (y < std::exp(-0.5 * x * x)) return with_sign(word, x);
    word = more[1];
  }
}

}  // namespace

NormalColumns::NormalColumns(std::uint64_t seed, std::string_view stream) : key_{} {
  // The name's 64 bits come from the generator that hashes names everywhere else.
  Rng rng(0, stream);
  key_ = {seed, (static_cast<std::uint64_t>(rng.bits()) << 32) | rng.bits()};
}

void NormalColumns::fill(const std::array<std::uint64_t, 3>& address, Out x) const {
  const auto& z = ziggurat();
  const Index n = x.size();
  for (Index first = 0; first < n; first += 4) {
    const auto four = words(key_, address, static_cast<std::uint64_t>(first / 4));
    for (Index i = first; i < std::min(first + 4, n); ++i) {
      const std::uint64_t word = four[static_cast<std::size_t>(i - first)];
      const auto [layer, place] = point(word, z);
      x[i] = place < z.edge[layer + 1]
                 ? with_sign(word, place)
                 : at_the_curve(word, key_, address, static_cast<std::uint64_t>(i), z);
    }
  }
}

}  // namespace thalweg
