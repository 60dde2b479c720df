// Standard normal numbers in bulk: an endless array of columns, each addressed by three numbers, so
// that random matrices need not be stored and any part of one can be drawn again at any time.
//
// Philox 4x64-10 (Salmon et al. 2011) with the key (seed, stream) and a counter that holds the
// address; Marsaglia and Tsang's ziggurat with 256 layers (J. Stat. Software 5 (2000) 8), the bits
// of layer, sign and place apart from each other (Doornik 2005). About four times as fast as
// Rng::normal; the same numbers on every machine up to the last bits of exp and log, which only the
// layers' edges use.
#pragma once
#include <thalweg/core/types.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace thalweg {

class NormalColumns {
 public:
  NormalColumns(std::uint64_t seed, std::string_view stream);
  /// Writes the first x.size() numbers of a column. Calls may run concurrently.
  void fill(const std::array<std::uint64_t, 3>& address, Out x) const;

 private:
  std::array<std::uint64_t, 2> key_;
};

}  // namespace thalweg
