#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/table_reader.hpp>

#include <cstdlib>
#include <filesystem>

using namespace thalweg;
using Catch::Matchers::Contains;

namespace {

struct Files {
  TemporaryDirectory dir;
  std::string write(const std::string& name, const std::string& bytes) const {
    write_text_file(dir.file(name), bytes);
    return dir.file(name);
  }
  [[nodiscard]] std::string zip(const std::string& path) const {
    REQUIRE(std::system(("gzip -kf " + path).c_str()) == 0);
    return path + ".gz";
  }
  [[nodiscard]] std::string refusal(const std::string& text) const {
    const std::string path = write("bad.csv", text);
    try {
      (void)read_table(path);
    } catch (const IoError& e) {
      return std::string(e.what()).substr(path.size());
    }
    return "accepted";
  }
};

const std::vector<double> numbers{1, -2.5, 3e-300, 0.1, 5, 6};

/// 2 images of 2 x 3 bytes.
std::string idx_images() {
  const std::string head("\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16);
  return head + std::string("\x00\x01\x7f\x80\xff\x05\x06\x07\x08\x09\x0a\x0b", 12);
}

}  // namespace

TEST_CASE("CSV: separators, headers, quotes, comments and line ends are understood") {
  const Files f;
  for (const char* text :
       {"1,-2.5,3e-300\n.1,+5,6\n", "1;-2.5;3e-300\n0.1;5;6", "1\t-2.5\t3e-300\r\n0.1\t5\t6\r\n",
        "# a comment\n\n 1 , -2.5 ,3e-300\n\n# more\n0.1,\"5\",6\n",
        "\xEF\xBB\xBF"
        "1,-2.5,3e-300\n0.1,5,6\n"}) {
    const auto t = read_table(f.write("a.csv", text));
    CHECK(t.rows == 2);
    CHECK(t.cols == 3);
    CHECK(t.values == numbers);
    CHECK(t.columns.empty());
  }
  const auto t = read_table(f.write("b.tsv", "\"x; \"\"1\"\"\";y\n1;2\n3;4\n5;6\n"), 2);
  CHECK(t.columns == std::vector<std::string>{"x; \"1\"", "y"});
  CHECK(t.values == std::vector<double>{1, 2, 3, 4});
  CHECK(read_table(f.write("c.txt", "7\n8\n")).cols == 1);
  CHECK(read_table(f.zip(f.write("d.csv", "1,-2.5,3e-300\n0.1,5,6\n"))).values == numbers);
}

TEST_CASE("CSV errors name the line and the column") {
  const Files f;
  CHECK(f.refusal("a,b,c\n1,2,3\n\n4,5,abc\n") == ":4: column 3 (c) \"abc\" is not a number");
  CHECK(f.refusal("1,2\n3,\n") == ":2: column 2 \"\" is not a number");
  CHECK(f.refusal("1,2\n3,nan\n") == ":2: column 2 \"nan\" is not a number");
  CHECK(f.refusal("1,2\n3,1e999\n") == ":2: column 2 \"1e999\" is not a number");
  CHECK(f.refusal("1,2\n3,4 5\n") == ":2: column 2 \"4 5\" is not a number");
  CHECK(f.refusal("1,2\n3,4,5\n") == ":2: 3 columns, but the first line has 2");
  CHECK(f.refusal("1,2\n\"3,4\n") == ":2: a quoted field does not end");
  CHECK(f.refusal("1,2\n\"3\"x,4\n") == ":2: column 1 goes on after its closing quote");
  CHECK(f.refusal("\n# nothing\n") == ": holds no data");
  CHECK(f.refusal("x,y\n") == ": holds a header but no rows of numbers");
  CHECK_THROWS_WITH(read_table(f.dir.file("absent.csv")),
                    Contains("absent.csv: cannot open it: No such file or directory"));
  CHECK_THROWS_WITH(read_table("x.docx"), Contains("the kind of file is not known by its name"));
  const std::string zipped = f.zip(f.write("d.csv", std::string(50000, '1')));
  std::filesystem::resize_file(zipped, std::filesystem::file_size(zipped) / 2);
  CHECK_THROWS_AS(read_table(zipped), IoError);
  CHECK_THROWS_WITH(read_csv(f.dir.file("")), Contains("is a directory"));
}

TEST_CASE("IDX: MNIST's images and labels, other types, plain and gzipped") {
  const Files f;
  const std::string path = f.write("train-images-idx3-ubyte", idx_images());
  for (const auto& name : {path, f.zip(path)}) {
    const auto t = read_table(name);
    CHECK(t.rows == 2);
    CHECK(t.cols == 6);
    CHECK(t.values == std::vector<double>{0, 1, 127, 128, 255, 5, 6, 7, 8, 9, 10, 11});
    CHECK(read_table(name, 1).values == std::vector<double>{0, 1, 127, 128, 255, 5});
  }
  using namespace std::string_literals;
  CHECK(read_table(f.write("a.idx", "\0\0\x09\x01\0\0\0\x02\xff\x7f"s)).values ==
        std::vector<double>{-1, 127});
  CHECK(read_table(f.write("a.idx", "\0\0\x0b\x01\0\0\0\x01\xff\xfe"s)).values ==
        std::vector<double>{-2});
  CHECK(read_table(f.write("a.idx", "\0\0\x0c\x01\0\0\0\x01\0\1\0\0"s)).values ==
        std::vector<double>{65536});
  CHECK(read_table(f.write("a.idx", "\0\0\x0d\x01\0\0\0\x01\xbf\xc0\0\0"s)).values ==
        std::vector<double>{-1.5});
  CHECK(read_table(f.write("a.idx", "\0\0\x0e\x01\0\0\0\x01\x3f\xf8\0\0\0\0\0\0"s)).values ==
        std::vector<double>{1.5});
}

TEST_CASE("IDX errors: wrong magic, cut short, too long") {
  const Files f;
  const auto refuse = [&](const std::string& bytes) {
    const std::string path = f.write("bad.idx", bytes);
    try {
      (void)read_table(path);
    } catch (const IoError& e) {
      return std::string(e.what()).substr(path.size());
    }
    return std::string("accepted");
  };
  const std::string good = idx_images();
  CHECK(refuse(good) == "accepted");
  CHECK_THAT(refuse("PK\x03\x04 a zip"), Contains("begins with 0x504b0304"));
  CHECK_THAT(refuse(good.substr(0, 27)),
             Contains("promises 2 rows of 6 bytes, row 1 is not complete"));
  CHECK_THAT(refuse(good + "x"), Contains("is longer than the 2 rows of 6 bytes"));
  CHECK_THAT(refuse(good.substr(0, 10)), Contains("header is cut short"));
  CHECK_THAT(refuse("ab"), Contains("fewer than four bytes"));
  std::string zero = good;
  zero[7] = 0;
  CHECK_THAT(refuse(zero), Contains("dimension 0 is 0"));
}

TEST_CASE("HDF5 tables: first axis are rows; errors name what is there") {
  const Files f;
  const std::string path = f.dir.file("data.h5");
  {
    auto file = h5::File::create(path);
    file.create_group("/x");
    file.create("/x/train", h5::Type::integer, {2, 3, 2});
    std::vector<std::int64_t> n{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    file.write("/x/train", std::span<const std::int64_t>(n));
    file.create("/x/words", h5::Type::text, {1});
    const std::string word = "w";
    file.write("/x/words", std::span<const std::string>(&word, 1));
    file.create("/x/holes", h5::Type::real, {2, 2});  // never written: NaN
    file.create("/x/one", h5::Type::real, {});
    file.close();
  }
  const auto t = read_table(path + ":/x/train");
  CHECK(t.rows == 2);
  CHECK(t.cols == 6);
  CHECK(t.values.back() == 12);
  CHECK(read_table(path + ":x/train", 1).values == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK_THROWS_WITH(read_table(path), Contains("name the dataset too"));
  CHECK_THROWS_WITH(read_table(path + ":/y"), Contains("has no dataset /y"));
  CHECK_THROWS_WITH(read_table(path + ":/x"),
                    Contains("is a group, name a dataset in it: train, words"));
  CHECK_THROWS_WITH(read_table(path + ":/x/words"), Contains("holds text, not numbers"));
  CHECK_THROWS_WITH(read_table(path + ":/x/holes"),
                    Contains("row 0, column 0 (counted from 0) is not"));
  CHECK_THROWS_WITH(read_table(path + ":/x/one"), Contains("is a scalar"));
}
