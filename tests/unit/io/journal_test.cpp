// A journal cut off anywhere keeps every record before the cut, and goes on from there.
#include <support/catch.hpp>
#include <support/temporary_directory.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/io/journal.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace thalweg;

namespace {

std::vector<std::string> records_in(const std::string& path) {
  std::vector<std::string> all;
  const Journal journal(path,
                        [&](std::string_view record, std::uint64_t) { all.emplace_back(record); });
  return all;
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace

TEST_CASE("a journal keeps whole records through every cut") {
  const TemporaryDirectory folder;
  const auto path = folder.file("members.journal");
  const std::vector<std::string> records{"one", "", std::string("tw\0o", 4), std::string(300, 'x')};
  std::vector<std::size_t> ends;
  {
    Journal journal(path,
                    [](std::string_view, std::uint64_t) { FAIL("a new one has no records"); });
    for (const auto& r : records) {
      const auto place = journal.append(r);
      CHECK(journal.read(place) == r);
      ends.push_back(std::filesystem::file_size(path));
    }
    journal.sync();
  }
  CHECK(records_in(path) == records);
  const auto whole = bytes_of(path);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    write_bytes(path, whole.substr(0, cut));
    std::size_t kept = 0;
    while (kept < ends.size() && ends[kept] <= cut) ++kept;
    Journal journal(path, [](std::string_view, std::uint64_t) {});
    journal.append("after");
    auto expected =
        std::vector<std::string>(records.begin(), records.begin() + static_cast<long>(kept));
    expected.emplace_back("after");
    CHECK(records_in(path) == expected);
  }
}

TEST_CASE("a journal leaves out what follows a changed byte, and refuses another file") {
  const TemporaryDirectory folder;
  const auto path = folder.file("members.journal");
  {
    Journal journal(path, [](std::string_view, std::uint64_t) {});
    for (const char* r : {"first", "second", "third"}) journal.append(r);
  }
  auto bytes = bytes_of(path);
  bytes[bytes.find("second")] = 'S';
  write_bytes(path, bytes);
  CHECK(records_in(path) == std::vector<std::string>{"first"});
  write_bytes(path, "key = 1\n");
  CHECK_THROWS_AS(records_in(path), IoError);
  CHECK(bytes_of(path) == "key = 1\n");
}
