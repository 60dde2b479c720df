// The IDX format of MNIST (LeCun, Cortes and Burges): two zero bytes, a type, the number of
// dimensions, the dimensions and the values, all big-endian.
#include <thalweg/core/error.hpp>
#include <thalweg/io/private/compressed_file.hpp>
#include <thalweg/io/table_reader.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace thalweg {
namespace {

template <class U>
U big_endian(const char* p) {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i)
    value = static_cast<U>((value << (sizeof(U) > 1 ? 8 : 0)) | static_cast<unsigned char>(p[i]));
  return value;
}

struct Element {
  std::size_t size;
  double (*read)(const char*);
};

Element element(unsigned char type) {
  switch (type) {
    case 0x08:
      return {1, [](const char* p) { return static_cast<double>(big_endian<std::uint8_t>(p)); }};
    case 0x09:
      return {1, [](const char* p) {
                return static_cast<double>(static_cast<std::int8_t>(big_endian<std::uint8_t>(p)));
              }};
    case 0x0B:
      return {2, [](const char* p) {
                return static_cast<double>(static_cast<std::int16_t>(big_endian<std::uint16_t>(p)));
              }};
    case 0x0C:
      return {4, [](const char* p) {
                return static_cast<double>(static_cast<std::int32_t>(big_endian<std::uint32_t>(p)));
              }};
    case 0x0D:
      return {4, [](const char* p) {
                return static_cast<double>(std::bit_cast<float>(big_endian<std::uint32_t>(p)));
              }};
    case 0x0E:
      return {8, [](const char* p) { return std::bit_cast<double>(big_endian<std::uint64_t>(p)); }};
    default:
      return {0, nullptr};
  }
}

}  // namespace

Table read_idx(const std::string& path, Index max_rows) {
  constexpr std::size_t largest_header = 4 + 4 * 255;
  const std::string head = read_compressed_file(path, largest_header);
  if (head.size() < 4) throw IoError(path + ": is not an IDX file: it has fewer than four bytes");
  const auto type = element(static_cast<unsigned char>(head[2]));
  const auto dims = static_cast<std::size_t>(static_cast<unsigned char>(head[3]));
  if (head[0] != 0 || head[1] != 0 || type.size == 0 || dims == 0) {
    char magic[16];
    std::snprintf(magic, sizeof magic, "%08x", big_endian<std::uint32_t>(head.data()));
    throw IoError(path + ": is not an IDX file: it begins with 0x" + magic +
                  ", expected 0x0000TTDD with a type TT of 08, 09, 0b..0e and DD >= 1 dimensions");
  }
  const std::size_t offset = 4 + 4 * dims;
  if (head.size() < offset)
    throw IoError(path + ": the header is cut short: " + std::to_string(dims) +
                  " dimensions need " + std::to_string(offset) + " bytes");
  std::uint64_t stored = 0, cols = 1;
  for (std::size_t i = 0; i < dims; ++i) {
    const std::uint64_t n = big_endian<std::uint32_t>(head.data() + 4 + 4 * i);
    if (i == 0)
      stored = n;
    else
      cols *= n;
    if (n == 0 || cols > (std::uint64_t{1} << 32))
      throw IoError(path + ": dimension " + std::to_string(i) + " is " + std::to_string(n) +
                    ", which is no sensible size");
  }
  const std::uint64_t rows =
      max_rows == 0 ? stored : std::min(stored, static_cast<std::uint64_t>(max_rows));
  const std::uint64_t row_bytes = cols * type.size;
  // One byte more than wanted tells whether all rows were promised and more is there.
  const std::uint64_t wanted = offset + rows * row_bytes;
  const std::string bytes = read_compressed_file(path, wanted + 1);
  if (bytes.size() < wanted)
    throw IoError(path + ": is cut short: the header promises " + std::to_string(stored) +
                  " rows of " + std::to_string(row_bytes) + " bytes, row " +
                  std::to_string((bytes.size() - offset) / row_bytes) + " is not complete");
  if (rows == stored && bytes.size() > wanted)
    throw IoError(path + ": is longer than the " + std::to_string(stored) + " rows of " +
                  std::to_string(row_bytes) + " bytes that its header promises");
  Table table;
  table.rows = static_cast<Index>(rows);
  table.cols = static_cast<Index>(cols);
  if (dims == 3) {
    table.image_rows = big_endian<std::uint32_t>(head.data() + 8);
    table.image_cols = big_endian<std::uint32_t>(head.data() + 12);
  }
  table.values.resize(rows * cols);
  for (std::size_t i = 0; i < table.values.size(); ++i) {
    table.values[i] = type.read(bytes.data() + offset + i * type.size);
    if (!std::isfinite(table.values[i]))
      throw IoError(path + ": value " + std::to_string(i) + " (counted from 0) is not finite");
  }
  return table;
}

}  // namespace thalweg
