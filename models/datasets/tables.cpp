#include <thalweg/models/datasets/tables.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thalweg/core/error.hpp>
#include <thalweg/io/table_reader.hpp>

namespace thalweg {

namespace {

namespace fs = std::filesystem;

// More classes than this in a column of labels is a column of measurements, not of labels.
constexpr Index most_classes = 10000;

// Many small runs in one process read the same file again and again, and parsing takes longer than
// they do. A file that has changed meanwhile is read anew.
class RecentTables {
 public:
  std::shared_ptr<const Table> read(const std::string& file, Index max_rows) {
    std::error_code error;
    const auto changed = fs::last_write_time(file, error);
    const auto size = error ? 0 : fs::file_size(file, error);
    if (error) return parse(file, max_rows);  // such as a data set inside of a file
    {
      const std::lock_guard lock(mutex_);
      for (const auto& k : kept_)
        if (k.file == file && k.max_rows == max_rows && k.changed == changed && k.size == size)
          return k.table;
    }
    auto table = parse(file, max_rows);
    // A file that has just been written may be written again within the clock's grain.
    const auto age = fs::file_time_type::clock::now() - changed;
    if (table->values.size() > most_numbers || age < std::chrono::seconds(2)) return table;
    const std::lock_guard lock(mutex_);
    if (kept_.size() == most_tables) kept_.pop_front();
    kept_.push_back({file, max_rows, changed, size, table});
    return table;
  }

 private:
  static constexpr std::size_t most_tables = 4, most_numbers = 1U << 20;
  struct Kept {
    std::string file;
    Index max_rows;
    fs::file_time_type changed;
    std::uintmax_t size;
    std::shared_ptr<const Table> table;
  };
  static std::shared_ptr<const Table> parse(const std::string& file, Index max_rows) {
    return std::make_shared<const Table>(read_table(file, max_rows));
  }
  std::mutex mutex_;
  std::deque<Kept> kept_;
};

}  // namespace

Samples read_samples(const std::string& file, Index max_rows, std::vector<std::string>* columns) {
  static RecentTables recent;
  const auto table = recent.read(file, max_rows);
  if (columns) *columns = table->columns;
  return Eigen::Map<const Samples>(table->values.data(), table->rows, table->cols);
}

void need_file(const Fields& f, const char* key, const std::string& file) {
  if (!f.reading() || file.empty()) return;
  std::error_code unknown;
  if (fs::exists(file, unknown) || fs::exists(file.substr(0, file.rfind(':')), unknown)) return;
  f.reject(key, fs::path(file).is_absolute()
                    ? "names a file that is not there"
                    : "names a file that is not there; a relative path starts from " +
                          fs::current_path(unknown).string());
}

std::vector<int> labels_of(const Samples& column, const std::string& where, Index n_classes) {
  if (column.cols() != 1)
    throw ModelError(
        fmt::format("{}: labels need one column of class numbers, not {}; for targets "
                    "of several columns set task = \"regression\"",
                    where, column.cols()));
  std::vector<int> labels;
  for (Index i = 0; i < column.rows(); ++i) {
    const double label = column(i, 0);
    if (!(label >= 0.0 && label < static_cast<double>(n_classes) && label == std::floor(label)))
      throw ModelError(fmt::format("{}: label {} of sample {} must be a whole number in [0, {})",
                                   where, label, i, n_classes));
    labels.push_back(static_cast<int>(label));
  }
  return labels;
}

std::vector<int> labels_of(const Samples& column, const std::string& where) {
  auto labels = labels_of(column, where, most_classes);
  const int n = labels.empty() ? 0 : 1 + *std::max_element(labels.begin(), labels.end());
  std::vector<bool> occurs(static_cast<std::size_t>(n));
  for (const int label : labels) occurs[static_cast<std::size_t>(label)] = true;
  const auto missing = std::find(occurs.begin(), occurs.end(), false);
  if (missing != occurs.end())
    throw ModelError(
        fmt::format("{}: no sample has label {}; classes must be numbered 0, 1, ... "
                    "without gaps",
                    where, missing - occurs.begin()));
  return labels;
}

std::vector<std::string> numbered_classes(Index n) {
  std::vector<std::string> names;
  for (Index c = 0; c < n; ++c) names.push_back(std::to_string(c));
  return names;
}

}  // namespace thalweg
