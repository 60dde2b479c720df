#include <thalweg/numerics/normal_columns.hpp>

#include <Random123/philox.h>

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

class Bits {
 public:
  Bits(const std::array<std::uint64_t, 2>& key, const std::array<std::uint64_t, 3>& address)
      : key_{{key[0], key[1]}}, counter_{{0, address[0], address[1], address[2]}} {}
  std::uint64_t next() {
    if (used_ == 4) {
      block_ = r123::Philox4x64()(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }
  // In (0, 1).
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; }

 private:
  r123::Philox4x64::key_type key_;
  r123::Philox4x64::ctr_type counter_, block_{};
  std::size_t used_ = 4;
};

double normal(Bits& bits, const Ziggurat& z) {
  for (;;) {
    const std::uint64_t b = bits.next();
    const auto layer = static_cast<std::size_t>(b & 255);
    const double sign = (b & 256) ? -1.0 : 1.0;
    const double x = static_cast<double>(b >> 11) * 0x1p-53 * z.edge[layer];
    if (x < z.edge[layer + 1]) return sign * x;
    if (layer == 0) {  // Marsaglia's way beyond the last rectangle
      double out = 0.0, up = 0.0;
      do {
        out = -std::log(bits.uniform()) / Ziggurat::tail;
        up = -std::log(bits.uniform());
      } while (2.0 * up < out * out);
      return sign * (Ziggurat::tail + out);
    }
    const double y = z.height[layer] + bits.uniform() * (z.height[layer + 1] - z.height[layer]);
    if (y < std::exp(-0.5 * x * x)) return sign * x;
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
  Bits bits(key_, address);
  for (Index i = 0; i < x.size(); ++i) x[i] = normal(bits, z);
}

}  // namespace thalweg
