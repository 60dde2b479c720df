#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/io/checkpoint.hpp>
#include <thalweg/io/durable_file.hpp>

#include <cstring>
#include <filesystem>
#include <limits>

using namespace thalweg;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

Archive archive_of(double x) {
  Archive a;
  a.put("stepper/x", Vec{{x, -0.0, std::numeric_limits<double>::quiet_NaN(),
                          std::numeric_limits<double>::denorm_min(), 0.1 + 0.2}});
  a.put("stepper/dt", 1.0 / 3.0);
  a.put("empty", Vec{});
  a.put("big", Vec::LinSpaced(30000, 0.0, x));
  a.put("counter", std::numeric_limits<std::int64_t>::max());
  a.put("method", std::string("d\xC3\xB6pri5"));
  a.put("nothing", std::string());
  a.put("config", std::string(200000, 'c'));
  return a;
}

bool same_bits(const Archive& a, const Archive& b) {
  if (a.reals.size() != b.reals.size() || a.integers != b.integers || a.texts != b.texts)
    return false;
  for (const auto& [key, v] : a.reals) {
    const auto it = b.reals.find(key);
    if (it == b.reals.end() || it->second.size() != v.size() ||
        (!v.empty() && std::memcmp(it->second.data(), v.data(), v.size() * sizeof(double)) != 0))
      return false;
  }
  return true;
}

/// Turns one byte in the middle of the numbers of `big`.
void damage(const std::string& path) {
  std::string bytes = read_text_file(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text_file(path, bytes);
}

}  // namespace

TEST_CASE("a checkpoint returns every entry to the last bit") {
  const TemporaryDirectory dir;
  save_checkpoint(dir.file(""), archive_of(1.0), "abc");
  const auto c = load_checkpoint(dir.file(""));
  CHECK(same_bits(c.archive, archive_of(1.0)));
  CHECK_FALSE(same_bits(c.archive, archive_of(2.0)));
  CHECK(c.config_sha256 == "abc");
  CHECK(c.warning.empty());
}

TEST_CASE("a damaged or missing checkpoint gives way to the one before it, with a warning") {
  const TemporaryDirectory dir;
  const std::string newest = dir.file("checkpoint/checkpoint.h5");
  for (int i = 1; i <= 3; ++i) save_checkpoint(dir.file(""), archive_of(i), "abc");
  CHECK(same_bits(load_checkpoint(dir.file("")).archive, archive_of(3)));

  damage(newest);
  auto c = load_checkpoint(dir.file(""));
  CHECK(same_bits(c.archive, archive_of(2)));
  CHECK_THAT(c.warning,
             Contains("checkpoint.h5") && Contains("resuming from the checkpoint before"));

  fs::resize_file(newest, fs::file_size(newest) / 3);
  CHECK(same_bits(load_checkpoint(dir.file("")).archive, archive_of(2)));
  fs::remove(newest);
  CHECK(same_bits(load_checkpoint(dir.file("")).archive, archive_of(2)));

  damage(dir.file("checkpoint/checkpoint.previous.h5"));
  CHECK_THROWS_AS(load_checkpoint(dir.file("")), IoError);
  fs::remove(dir.file("checkpoint/checkpoint.previous.h5"));
  CHECK_THROWS_WITH(load_checkpoint(dir.file("")), Contains("has no checkpoint"));
}

TEST_CASE("a damaged checkpoint is not kept as the one to fall back to") {
  const TemporaryDirectory dir;
  save_checkpoint(dir.file(""), archive_of(1), "abc");
  save_checkpoint(dir.file(""), archive_of(2), "abc");
  damage(dir.file("checkpoint/checkpoint.h5"));
  save_checkpoint(dir.file(""), archive_of(3), "abc");
  damage(dir.file("checkpoint/checkpoint.h5"));
  CHECK(same_bits(load_checkpoint(dir.file("")).archive, archive_of(1)));
}

TEST_CASE("a checkpoint of another configuration is refused") {
  Checkpoint c;
  c.config_sha256 = "0123456789abcdef";
  CHECK_NOTHROW(c.require_config("0123456789abcdef"));
  CHECK_THROWS_WITH(c.require_config("fedcba9876543210"),
                    Contains("another configuration (SHA-256 0123456789ab, now fedcba987654)"));
}

TEST_CASE("names that a checkpoint cannot hold are refused, not lost") {
  const TemporaryDirectory dir;
  for (const char* key : {"", "/a", "a//b"}) {
    Archive a;
    a.put(key, 1.0);
    CHECK_THROWS_WITH(save_checkpoint(dir.file(""), a, ""), Contains("cannot be the name"));
  }
  Archive a;
  a.put("text", std::string("a\0b", 3));
  CHECK_THROWS_WITH(save_checkpoint(dir.file(""), a, ""), Contains("zero byte"));
  CHECK_THROWS_AS(load_checkpoint(dir.file("")), IoError);
}
