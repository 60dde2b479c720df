#include <chrono>
#include <filesystem>
#include <fstream>
#include <thalweg/core/error.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/models/datasets/files.hpp>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

std::string write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// IDX: two zero bytes, type 8 = unsigned bytes, number of dimensions, sizes in big endian, data.
std::string idx(const std::vector<unsigned char>& sizes, const std::string& data) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const auto n : sizes) bytes += std::string(3, '\0') + static_cast<char>(n);
  return bytes + data;
}

}  // namespace

TEST_CASE("a CSV table becomes inputs and targets by column name", "[datasets]") {
  const TemporaryDirectory folder;
  const auto file = write(folder.file("t.csv"), "a,y,b\n1,0,10\n2,1,20\n3,1,30\n");
  CsvData source{.file = file, .targets = {"y"}};
  source.preparation.scaling = "none";
  const Dataset data(source);
  CHECK(data.X == (Samples(3, 2) << 1, 10, 2, 20, 3, 30).finished());
  CHECK(data.labels == std::vector<int>{0, 1, 1});
  CHECK(data.Y == (Samples(3, 2) << 1, 0, 0, 1, 0, 1).finished());

  source.task = "regression";
  source.targets = {"b", "y"};
  source.inputs = {"a"};
  CHECK(Dataset(source).Y == (Samples(3, 2) << 10, 0, 20, 1, 30, 1).finished());

  source.targets = {"bb"};
  CHECK_THROWS_WITH(Dataset(source),
                    Contains(file + ": no column is called \"bb\"; did you mean \"b\"?"));
}

TEST_CASE("a file that has changed is read anew", "[datasets]") {
  const TemporaryDirectory folder;
  const auto file = write(folder.file("t.csv"), "1,0\n2,1\n");
  const auto long_ago = std::filesystem::last_write_time(file) - std::chrono::hours(1);
  CsvData source{.file = file};
  source.preparation.scaling = "none";
  for (int again = 0; again < 2; ++again) {  // the second time from memory
    std::filesystem::last_write_time(file, long_ago);
    CHECK(Dataset(source).X == (Samples(2, 1) << 1, 2).finished());
  }
  write(file, "3,0\n4,1\n");
  CHECK(Dataset(source).X == (Samples(2, 1) << 3, 4).finished());
  write(file, "5,0\n6,1\n");  // at once, and equally long
  CHECK(Dataset(source).X == (Samples(2, 1) << 5, 6).finished());
}

TEST_CASE("the last column is the target when none is named", "[datasets]") {
  const TemporaryDirectory folder;
  CsvData source{.file = write(folder.file("t.csv"), "1,2,0\n3,4,1\n")};
  source.preparation.scaling = "none";
  CHECK(Dataset(source).X == (Samples(2, 2) << 1, 2, 3, 4).finished());
  source.targets = {"y"};
  CHECK_THROWS_WITH(Dataset(source), Contains("has no header line"));
}

TEST_CASE("labels must be whole numbers from 0 without gaps", "[datasets]") {
  const TemporaryDirectory folder;
  const auto with = [&](const std::string& rows) {
    return CsvData{.file = write(folder.file("t.csv"), rows)};
  };
  CHECK_THROWS_WITH(Dataset(with("1,0.5\n2,1\n")),
                    Contains("label 0.5 of sample 0 must be a whole"));
  CHECK_THROWS_WITH(Dataset(with("1,0\n2,-1\n")), Contains("label -1 of sample 1"));
  CHECK_THROWS_WITH(Dataset(with("1,0\n2,2\n")), Contains("no sample has label 1"));
  CHECK_THROWS_WITH(Dataset(with("1\n2\n")), Contains("at least two columns"));
  CHECK_THROWS_AS((Dataset(CsvData{.file = folder.file("absent.csv")})), IoError);
}

TEST_CASE("the set of classes does not depend on the subset", "[datasets]") {
  const TemporaryDirectory folder;
  CsvData source{.file = write(folder.file("t.csv"), "1,0\n2,0\n3,1\n4,2\n")};
  source.subset.samples = 2;
  const Dataset data(source);
  CHECK(data.size() == 2);
  CHECK(data.Y.cols() == 3);
}

TEST_CASE("two datasets of an HDF5 file become inputs and targets", "[datasets]") {
  const TemporaryDirectory folder;
  const auto file = folder.file("d.h5");
  {
    auto h5 = h5::File::create(file);
    h5.create("/X", h5::Type::real, {4, 2});
    h5.write("/X", std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8});
    h5.create("/Y", h5::Type::real, {4});
    h5.write("/Y", std::vector<double>{0, 1, 2, 1});
    h5.create("/short", h5::Type::real, {3});
    h5.write("/short", std::vector<double>{0, 1, 2});
  }
  Hdf5Data source{.file = file};
  CHECK(Dataset(source).labels == std::vector<int>{0, 1, 2, 1});
  source.subset.samples = 2;
  const Dataset data(source);
  CHECK(data.X == (Samples(2, 2) << 1, 2, 3, 4).finished());
  CHECK(data.classes.size() == 3);
  source.subset.samples = 0;
  source.targets = "short";
  CHECK_THROWS_WITH(Dataset(source), Contains("has 4 samples but") && Contains("has 3"));
  source.targets = "none";
  CHECK_THROWS_AS(Dataset(source), IoError);
}

TEST_CASE("IDX images and labels are read, with their held-out part", "[datasets]") {
  const TemporaryDirectory folder;
  IdxData source{
      .images = write(folder.file("i-ubyte"), idx({3, 1, 2}, std::string("\0\1\2\3\4\xFF", 6))),
      .labels = write(folder.file("l-ubyte"), idx({3}, std::string("\0\1\1", 3)))};
  source.preparation.scaling = "none";
  const Dataset data(source);
  CHECK(data.X == (Samples(3, 2) << 0, 1, 2, 3, 4, 255).finished());
  CHECK(data.labels == std::vector<int>{0, 1, 1});
  CHECK((data.image_rows == 1 && data.image_cols == 2));

  source.test_images = source.images;
  source.test_labels = source.labels;
  source.subset.samples = 1;
  const Dataset split(source);
  CHECK(split.size() == 1);
  CHECK(split.X_test == data.X);
  CHECK(split.labels_test == data.labels);
  CHECK_THAT(split.description, Contains("3 others held out"));

  source.labels = write(folder.file("two-ubyte"), idx({2}, std::string("\0\1", 2)));
  source.subset.samples = 0;
  CHECK_THROWS_WITH(Dataset(source), Contains("has 3 samples but") && Contains("has 2"));
}
