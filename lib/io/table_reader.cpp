// Choice by name, CSV and HDF5. IDX is in idx_reader.cpp.
#include <thalweg/core/error.hpp>
#include <thalweg/io/h5.hpp>
#include <thalweg/io/private/compressed_file.hpp>
#include <thalweg/io/table_reader.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace thalweg {
namespace {

std::string_view trim(std::string_view s) {
  const auto first = s.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
}

std::optional<double> number(std::string_view s) {
  s = trim(s);
  if (s.starts_with('+')) s.remove_prefix(1);
  double x = 0.0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), x);
  if (error != std::errc() || end != s.data() + s.size() || !std::isfinite(x)) return std::nullopt;
  return x;
}

class Csv {
 public:
  Csv(const std::string& path, std::string_view text) : path_(path), rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);  // mark of Windows editors
  }

  /// The next line that is neither empty nor a comment; false at the end.
  bool next() {
    while (!rest_.empty()) {
      const auto end = rest_.find('\n');
      line_ = rest_.substr(0, end);
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      ++number_;
      if (line_.ends_with('\r')) line_.remove_suffix(1);
      if (!trim(line_).empty() && !line_.starts_with('#')) return true;
    }
    return false;
  }

  /// The separator that the current line has most of outside quotes, comma when it has none.
  void find_separator() {
    std::size_t best = 0;
    for (const char candidate : {',', ';', '\t'}) {
      std::size_t count = 0;
      bool quoted = false;
      for (const char c : line_) {
        if (c == '"') quoted = !quoted;
        if (!quoted && c == candidate) ++count;
      }
      if (count > best) {
        best = count;
        separator_ = candidate;
      }
    }
  }

  void split(std::vector<std::string>& fields) const {
    fields.clear();
    std::size_t i = 0;
    for (;;) {
      std::string field;
      while (i < line_.size() && line_[i] == ' ') ++i;
      if (i < line_.size() && line_[i] == '"') {
        for (++i;; ++i) {
          if (i >= line_.size()) fail("a quoted field does not end");
          if (line_[i] != '"') {
            field += line_[i];
          } else if (i + 1 < line_.size() && line_[i + 1] == '"') {
            field += line_[i++];
          } else {
            break;
          }
        }
        ++i;
        while (i < line_.size() && line_[i] == ' ') ++i;
        if (i < line_.size() && line_[i] != separator_)
          fail("column " + std::to_string(fields.size() + 1) + " goes on after its closing quote");
      } else {
        const auto end = std::min(line_.find(separator_, i), line_.size());
        field = trim(line_.substr(i, end - i));
        i = end;
      }
      fields.push_back(std::move(field));
      if (i >= line_.size()) return;
      ++i;
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw IoError(path_ + ":" + std::to_string(number_) + ": " + what);
  }

 private:
  const std::string& path_;
  std::string_view rest_, line_;
  std::size_t number_ = 0;
  char separator_ = ',';
};

bool has_ending(std::string_view name, std::initializer_list<std::string_view> endings) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  return std::any_of(endings.begin(), endings.end(), [&](auto e) { return name.ends_with(e); });
}

}  // namespace

Table read_csv(const std::string& path, Index max_rows) {
  const std::string text = read_compressed_file(path);
  Csv csv(path, text);
  Table table;
  std::vector<std::string> fields;
  if (!csv.next()) throw IoError(path + ": holds no data");
  csv.find_separator();
  csv.split(fields);
  table.cols = static_cast<Index>(fields.size());
  bool more = true;
  if (!std::all_of(fields.begin(), fields.end(), [](const auto& f) { return number(f); })) {
    table.columns = fields;
    more = csv.next();
  }
  for (; more && (max_rows == 0 || table.rows < max_rows); more = csv.next()) {
    csv.split(fields);
    if (static_cast<Index>(fields.size()) != table.cols)
      csv.fail(std::to_string(fields.size()) + " columns, but the first line has " +
               std::to_string(table.cols));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto x = number(fields[i]);
      if (!x)
        csv.fail("column " + std::to_string(i + 1) +
                 (table.columns.empty() ? "" : " (" + table.columns[i] + ")") + " \"" + fields[i] +
                 "\" is not a number");
      table.values.push_back(*x);
    }
    ++table.rows;
  }
  if (table.rows == 0) throw IoError(path + ": holds a header but no rows of numbers");
  return table;
}

Table read_hdf5(const std::string& path, const std::string& dataset, Index max_rows) {
  const auto alone = h5::lock_library();
  const auto file = h5::File::open(path);
  if (!file.exists(dataset)) throw IoError(path + ": has no dataset " + dataset);
  if (file.is_group(dataset)) {
    std::string members;
    for (const auto& name : file.datasets(dataset)) members += (members.empty() ? "" : ", ") + name;
    throw IoError(path + ": " + dataset + " is a group, name a dataset in it: " + members);
  }
  if (file.type(dataset) == h5::Type::text)
    throw IoError(path + ": " + dataset + " holds text, not numbers");
  const auto shape = file.shape(dataset);
  if (shape.empty()) throw IoError(path + ": " + dataset + " is a scalar, not a table");
  Table table;
  table.rows = max_rows == 0 ? shape[0] : std::min(shape[0], max_rows);
  table.cols = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) table.cols *= shape[i];
  if (table.rows == 0 || table.cols == 0) throw IoError(path + ": " + dataset + " is empty");
  table.values.resize(static_cast<std::size_t>(table.rows * table.cols));
  file.read_rows(dataset, 0, table.rows, table.values.data());
  for (std::size_t i = 0; i < table.values.size(); ++i)
    if (!std::isfinite(table.values[i]))
      throw IoError(path + ": " + dataset + " row " +
                    std::to_string(static_cast<Index>(i) / table.cols) + ", column " +
                    std::to_string(static_cast<Index>(i) % table.cols) +
                    " (counted from 0) is not a finite number");
  return table;
}

Table read_table(const std::string& name, Index max_rows) {
  for (const std::string_view ending : {".h5:", ".hdf5:", ".nc:"})
    if (const auto at = name.rfind(ending); at != std::string::npos) {
      const auto colon = at + ending.size() - 1;
      const std::string dataset = name.substr(colon + 1);
      return read_hdf5(name.substr(0, colon), dataset.starts_with('/') ? dataset : "/" + dataset,
                       max_rows);
    }
  if (has_ending(name, {".h5", ".hdf5", ".nc"}))
    throw IoError(name + ": name the dataset too: " + name + ":/path/of/dataset");
  if (has_ending(name, {"-ubyte", ".idx"})) return read_idx(name, max_rows);
  if (has_ending(name, {".csv", ".tsv", ".txt", ".dat"})) return read_csv(name, max_rows);
  throw IoError(name +
                ": the kind of file is not known by its name: use .csv, .tsv, .txt or .dat, " +
                ".h5:/dataset, or .idx or -ubyte (each but HDF5 also with .gz)");
}

}  // namespace thalweg
