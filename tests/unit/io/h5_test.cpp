#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/io/h5.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

std::string text(const h5::File& file, const std::string& object, const std::string& name) {
  return std::get<std::string>(file.attribute(object, name).value());
}

}  // namespace

TEST_CASE("HDF5 attributes come back in their order, whatever their kind and length") {
  const TemporaryDirectory dir;
  const std::string path = dir.file("a.h5"), u = "\xCE\xB1 > 0", long_text(100000, 'x');
  {
    auto file = h5::File::create(path);
    file.set_attribute("/", "zeta", u);
    file.set_attribute("/", "empty", "");
    file.set_attribute("/", "n", std::int64_t{-9007199254740993});  // no double has this value
    file.set_attribute("/", "x", 0.1);
    file.set_attribute("/", "flags", std::vector<std::int64_t>{0, 1, 2});
    file.set_attribute("/", "many", std::string(32000, 'm'));
    file.create_group("/deep/group");
    file.set_attribute("/deep/group", "config", long_text);
    file.set_attribute("/", "x", 0.2);  // replaces
    file.close();
  }
  const auto file = h5::File::open(path);
  CHECK(text(file, "/", "zeta") == u);
  CHECK(text(file, "/", "empty").empty());
  CHECK(std::get<std::int64_t>(*file.attribute("/", "n")) == -9007199254740993);
  CHECK(std::get<double>(*file.attribute("/", "x")) == 0.2);
  CHECK(std::get<std::vector<std::int64_t>>(*file.attribute("/", "flags")) ==
        std::vector<std::int64_t>{0, 1, 2});
  CHECK(text(file, "/", "many").size() == 32000);
  CHECK(text(file, "/deep/group", "config") == long_text);
  CHECK(file.datasets("/deep/group") == std::vector<std::string>{"config"});
  CHECK_FALSE(file.attribute("/", "absent"));
  CHECK(file.attributes("/").front().first == "zeta");
}

TEST_CASE("HDF5 rows grow, can be overwritten and truncated, and keep every bit") {
  const TemporaryDirectory dir;
  const std::string path = dir.file("rows.h5");
  std::vector<double> rows(6 * 10000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::sin(static_cast<double>(i));
  rows[3] = std::numeric_limits<double>::denorm_min();
  rows[4] = -0.0;
  rows[5] = std::numeric_limits<double>::infinity();
  {
    auto file = h5::File::create(path);
    file.create_growing("/big", h5::Type::real, {100, 100});
    file.write_rows("/big", 0, 4, rows.data());
    file.write_rows("/big", 4, 2, rows.data() + 4 * 10000);
    file.create_growing("/n", h5::Type::integer, {});
    const std::vector<std::int64_t> n{std::numeric_limits<std::int64_t>::min(), 2, 3};
    file.write_rows("/n", 0, 3, n.data());
    file.write_rows("/n", 1, 1, n.data());
    file.set_rows("/n", 2);
    CHECK_THROWS_WITH(file.write_rows("/n", 7, 1, n.data()), Contains("/n has 2 rows, not 7"));
    file.close();
  }
  const auto file = h5::File::open(path);
  CHECK(file.shape("/big") == h5::Shape{6, 100, 100});
  const auto back = file.read("/big");
  CHECK(std::memcmp(back.data(), rows.data(), rows.size() * sizeof(double)) == 0);
  const auto low = std::numeric_limits<std::int64_t>::min();
  CHECK(file.read_integers("/n") == std::vector<std::int64_t>{low, low});
  std::vector<double> part(10000);
  file.read_rows("/big", 5, 1, part.data());
  CHECK(part[7] == rows[50007]);
  CHECK_THROWS_WITH(file.read_rows("/big", 6, 1, part.data()), Contains("/big has 6 rows, not 7"));
}

TEST_CASE("copying HDF5 datasets keeps values, attributes, axes and compressed chunks") {
  const TemporaryDirectory dir;
  const std::string one = dir.file("one.h5"), two = dir.file("two.h5");
  std::vector<double> values(50000);
  std::iota(values.begin(), values.end(), 0.0);
  const std::vector<std::string> labels{"left", "", "\xC3\xA7"};
  {
    auto file = h5::File::create(one);
    file.create_group("/g");
    file.create("/g/label", h5::Type::text, {3});
    file.write("/g/label", std::span<const std::string>(labels));
    file.make_scale("/g/label");
    file.create_dimension("/g/n", 50000);
    file.create_growing("/g/v", h5::Type::real, {3, 50000});
    file.attach_scale("/g/v", 1, "/g/label");
    file.attach_scale("/g/v", 2, "/g/n");
    std::vector<double> row;
    for (int k = 0; k < 3; ++k) row.insert(row.end(), values.begin(), values.end());
    file.write_rows("/g/v", 0, 1, row.data());
    file.write_rows("/g/v", 1, 1, row.data());
    file.set_attribute("/g/v", "units", "m");
    file.create("/g/scalar", h5::Type::integer, {});
    const std::int64_t n = 7;
    file.write("/g/scalar", std::span<const std::int64_t>(&n, 1));
    file.close();
  }
  {
    const auto from = h5::File::open(one);
    auto to = h5::File::create(two);
    to.create_group("/g");
    for (const auto& name : from.datasets("/g")) to.copy_dataset(from, "/g/" + name);
    to.close();
  }
  const auto file = h5::File::open(two);
  CHECK(file.datasets("/g") == std::vector<std::string>{"label", "n", "v", "scalar"});
  CHECK(file.read("/g/v") == h5::File::open(one).read("/g/v"));
  CHECK(file.read_texts("/g/label") == labels);
  CHECK(file.read_integers("/g/scalar").at(0) == 7);
  CHECK(file.axes("/g/v") == std::vector<std::string>{"", "label", "n"});
  CHECK(file.is_bare_dimension("/g/n"));
  CHECK_FALSE(file.is_bare_dimension("/g/label"));
  CHECK(text(file, "/g/v", "units") == "m");
  CHECK(std::filesystem::file_size(two) < std::filesystem::file_size(one) + 4096);
}

TEST_CASE("HDF5 errors name the file, the object and the reason") {
  const TemporaryDirectory dir;
  const std::string path = dir.file("x.h5");
  CHECK_THROWS_WITH(h5::File::open(path), path + ": cannot open it: No such file or directory");
  CHECK_THROWS_WITH(h5::File::create(dir.file("no/where.h5")),
                    Contains("no/where.h5: cannot create it: No such file or directory"));
  auto file = h5::File::create(path);
  file.create("/x", h5::Type::real, {2});
  CHECK_THROWS_WITH(file.read("/y"), Contains(path + ": cannot open dataset /y: "));
  CHECK_THROWS_WITH(file.create("/x", h5::Type::real, {2}), Contains("cannot create dataset /x: "));
  CHECK_THROWS_WITH(file.read_texts("/x"), path + ": /x does not hold text");
  CHECK_THROWS_AS(file.read("/y"), IoError);
  file.close();
  std::filesystem::resize_file(path, 100);
  CHECK_THROWS_AS(h5::File::open(path), IoError);
}
