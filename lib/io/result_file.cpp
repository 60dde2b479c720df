#include <thalweg/core/clock.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/io/durable_file.hpp>
#include <thalweg/io/private/schema.hpp>
#include <thalweg/io/provenance.hpp>
#include <thalweg/io/result_file.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>

namespace thalweg {
namespace {

namespace fs = std::filesystem;
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void set(h5::Attributes& attributes, const std::string& name, h5::Value value) {
  for (auto& [key, old] : attributes)
    if (key == name) {
      old = std::move(value);
      return;
    }
  attributes.emplace_back(name, std::move(value));
}

struct Put {
  std::string group;
  Variable variable;
  std::vector<double> numbers;
  std::vector<std::string> texts;
  Coordinates coordinates = Coordinates::given;
  [[nodiscard]] std::string dataset() const { return group + "/" + variable.name; }
};

}  // namespace

class RunOutput::Impl {
 public:
  Impl(std::string directory, Metadata metadata, std::vector<SeriesSchema> series,
       const Options& options)
      : directory_(std::move(directory)),
        metadata_(std::move(metadata)),
        series_(std::move(series)),
        options_(options),
        buffers_(series_.size()),
        published_(series_.size(), 0) {
    std::set<std::string> groups;
    for (std::size_t i = 0; i < series_.size(); ++i) {
      check_series(series_[i]);
      if (!groups.insert(group_of(series_[i])).second)
        throw ModelError("two series write to the group " + group_of(series_[i]));
      buffers_[i].columns.resize(series_[i].variables.size());
    }
  }

  void start() {
    if (fs::exists(result()))
      throw IoError(result() +
                    " exists already: choose another directory with --out DIR, or "
                    "--force to replace it");
    fs::create_directories(fs::path(directory_) / "checkpoint");
    refresh();
  }

  void resume(const std::vector<Index>& rows) {
    if (!fs::exists(result()))
      throw IoError(result() + " does not exist: there is no run to continue");
    fs::remove(temporary_name(result()));
    for (const auto& entry : fs::directory_iterator(fs::path(directory_) / "checkpoint"))
      if (entry.path().extension() == ".tmp" &&
          entry.path().filename().string().starts_with(part_prefix()))
        fs::remove(entry.path());
    {
      const auto old = h5::File::open(result());
      for (const char* kept : {"run_id", "parent_run_id", "date_created"})
        if (const auto value = old.attribute("/provenance", kept))
          set(metadata_.provenance, kept, *value);
      const auto text = [](const std::optional<h5::Value>& v) {
        const auto* s = v ? std::get_if<std::string>(&*v) : nullptr;
        return s ? *s : std::string();
      };
      std::string history = text(old.attribute("/provenance", "history"));
      for (const auto& [name, value] : metadata_.provenance)
        if (name == "history") history += "\n" + text(value);
      set(metadata_.provenance, "history", history);
      const auto number = [&](const char* name) {
        const auto v = old.attribute("/provenance", name);
        const auto* x = v ? std::get_if<double>(&*v) : nullptr;
        return x ? *x : 0.0;
      };
      wall_before_ = number("wall_seconds");
      cpu_before_ = number("cpu_seconds");
    }
    refresh();  // takes in the parts
    const auto now = h5::File::open(result());
    for (std::size_t i = 0; i < series_.size(); ++i) {
      const Index there = committed_rows(now, series_[i]);
      if (rows.at(i) > there)
        throw IoError(result() + ": " + group_of(series_[i]) + " has " + std::to_string(there) +
                      " rows but the checkpoint counts " + std::to_string(rows[i]) +
                      ": the file and the checkpoint do not belong together");
      published_[i] = rows[i];
    }
  }

  void put(Put item) {
    check_variable(item.variable, item.group);
    const auto n = static_cast<Index>(item.texts.empty() ? item.numbers.size() : item.texts.size());
    if (n != item.variable.size())
      throw ModelError(item.dataset() + " has " + std::to_string(n) + " values but its axes give " +
                       std::to_string(item.variable.size()));
    std::erase_if(puts_, [&](const Put& p) { return p.dataset() == item.dataset(); });
    puts_.push_back(std::move(item));
    note_waiting();
  }

  void append(std::size_t index, double t, std::int64_t step, In row) {
    auto& buffer = buffers_.at(index);
    const auto& variables = series_[index].variables;
    Index expected = 0;
    for (const auto& v : variables) expected += row_size(series_[index], v);
    if (row.size() != expected)
      throw ModelError(group_of(series_[index]) + ": a row has " + std::to_string(row.size()) +
                       " values, the schema has " + std::to_string(expected));
    const double* x = row.data();
    for (std::size_t i = 0; i < variables.size(); ++i) {
      auto& column = buffer.columns[i];
      const Index n = row_size(series_[index], variables[i]);
      if (variables[i].type != Variable::Type::real)
        for (Index k = 0; k < n; ++k) column.integers.push_back(std::llrint(x[k]));
      else
        column.reals.insert(column.reals.end(), x, x + n);
      x += n;
    }
    buffer.step.push_back(step);
    buffer.time.push_back(t);
    waiting_bytes_ += 8 * static_cast<std::size_t>(row.size() + 2);
    note_waiting();
  }

  [[nodiscard]] std::vector<Index> rows() const {
    auto all = published_;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += buffers_[i].count();
    return all;
  }

  bool publish_due() {
    const double since_question = seconds_since(asked_);
    asked_ = Clock::now();
    if (!waiting_) return false;
    // The next question comes about as late after this one as this one after the last.
    return waiting_bytes_ >= options_.buffer_bytes ||
           seconds_since(oldest_) + since_question + last_publish_seconds_ >=
               options_.publish_seconds;
  }

  void publish() {
    if (!waiting_) return;
    const auto start = Clock::now();
    const bool cheap = refresh_seconds_ <= options_.refresh_seconds;
    const bool rested = seconds_since(refreshed_) * options_.refresh_share >= refresh_seconds_;
    if (cheap || rested || !puts_.empty())
      refresh();
    else
      write_part();
    last_publish_seconds_ = seconds_since(start);
  }

  void set_status(RunStatus status) {
    status_ = std::move(status);
    note_waiting();
  }

  void finish(RunStatus status) {
    status_ = std::move(status);
    finishing_ = true;
    try {
      refresh();
    } catch (...) {
      finishing_ = false;
      throw;
    }
    finishing_ = false;
    std::error_code not_empty;
    if (options_.file != "result.h5") fs::remove(fs::path(directory_) / "checkpoint", not_empty);
  }

 private:
  [[nodiscard]] std::string result() const {
    return (fs::path(directory_) / options_.file).string();
  }
  [[nodiscard]] std::string part_prefix() const {
    return options_.file == "result.h5" ? "part-"
                                        : fs::path(options_.file).stem().string() + "-part-";
  }

  [[nodiscard]] std::vector<std::string> parts() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(fs::path(directory_) / "checkpoint")) {
      const auto name = entry.path().filename().string();
      if (name.starts_with(part_prefix()) && name.ends_with(".h5"))
        found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  void note_waiting() {
    if (!waiting_) oldest_ = Clock::now();
    waiting_ = true;
  }

  void all_published() {
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
      published_[i] += buffers_[i].count();
      buffers_[i].clear();
    }
    puts_.clear();
    waiting_bytes_ = 0;
    waiting_ = false;
  }

  void write_head(h5::File& file) {
    set(metadata_.provenance, "wall_seconds", wall_before_ + seconds_since(started_));
    set(metadata_.provenance, "cpu_seconds", cpu_before_ + cpu_seconds() - cpu_started_);
    set(metadata_.provenance, "date_modified", utc_now());
    thalweg::write_head(file, metadata_, status_);
  }

  /// Builds the next result.h5 from the present one, the parts, and what waits in memory.
  void refresh() {
    const auto start = Clock::now();
    const std::string temporary = temporary_name(result());
    const auto merged = parts();
    build(temporary, [&](h5::File& file) {
      if (fs::exists(result()))
        copy_groups(h5::File::open(result()), file, "/");
      else
        for (const auto& s : series_) create_series(file, s);
      for (const auto& part : merged) merge_part(part, file);
      for (const auto& p : puts_) {
        if (p.texts.empty())
          write_variable(file, p.group, p.variable, std::span<const double>(p.numbers),
                         p.coordinates);
        else
          write_variable(file, p.group, p.variable, std::span<const std::string>(p.texts));
      }
      for (std::size_t i = 0; i < series_.size(); ++i) {
        write_rows(file, series_[i], published_[i], buffers_[i]);
        if (finishing_) truncate_series(file, series_[i], published_[i] + buffers_[i].count());
      }
    });
    publish_file(temporary, result());
    all_published();
    // Later parts first: what is left after a kill has no gap.
    for (auto part = merged.rbegin(); part != merged.rend(); ++part) fs::remove(*part);
    refreshed_ = Clock::now();
    refresh_seconds_ = seconds_since(start);
  }

  void write_part() {
    const auto earlier = parts();
    long number = 1;
    if (!earlier.empty())
      number = 1 + std::stol(fs::path(earlier.back()).stem().string().substr(part_prefix().size()));
    char name[32];
    std::snprintf(name, sizeof name, "%06ld.h5", number);
    const std::string path =
        (fs::path(directory_) / "checkpoint" / (part_prefix() + name)).string();
    const std::string temporary = temporary_name(path);
    build(temporary, [&](h5::File& file) {
      for (std::size_t i = 0; i < series_.size(); ++i) {
        create_series(file, series_[i]);
        file.set_attribute(group_of(series_[i]), "first_row", std::int64_t{published_[i]});
        write_rows(file, series_[i], 0, buffers_[i]);
      }
    });
    publish_file(temporary, path);
    all_published();
  }

  /// Writes a file, closes it, opens it again and looks whether the series are in order.
  template <class Body>
  void build(const std::string& temporary, Body body) {
    try {
      std::vector<Index> rows;
      {
        auto file = h5::File::create(temporary);
        write_head(file);
        body(file);
        for (const auto& s : series_) rows.push_back(committed_rows(file, s));
        file.close();
      }
      const auto check = h5::File::open(temporary);
      for (std::size_t i = 0; i < series_.size(); ++i)
        if (committed_rows(check, series_[i]) != rows[i])
          throw IoError(temporary + ": " + group_of(series_[i]) +
                        " reads back with other rows than written");
    } catch (const IoError& e) {
      discard_file(temporary);
      throw IoError(std::string(e.what()) + "; everything published before is untouched");
    } catch (...) {
      discard_file(temporary);
      throw;
    }
  }

  /// All groups but /provenance, whose present contents are in memory, and what is put anew.
  void copy_groups(const h5::File& from, h5::File& to, const std::string& group) const {
    const std::string prefix = group == "/" ? group : group + "/";
    if (group != "/") {
      to.create_group(group);
      for (const auto& [name, value] : from.attributes(group)) to.set_attribute(group, name, value);
    }
    const auto replaced = [&](const std::string& dataset) {
      return std::any_of(puts_.begin(), puts_.end(),
                         [&](const Put& p) { return p.dataset() == dataset; });
    };
    for (const auto& name : from.datasets(group)) {
      const std::string dataset = prefix + name;
      if (!replaced(dataset)) to.copy_dataset(from, dataset);
    }
    for (const auto& name : from.groups(group))
      if (prefix + name != "/provenance") copy_groups(from, to, prefix + name);
  }

  void merge_part(const std::string& path, h5::File& file) const {
    const auto part = h5::File::open(path);
    for (const auto& s : series_) {
      const auto value = part.attribute(group_of(s), "first_row");
      const auto* first = value ? std::get_if<std::int64_t>(&*value) : nullptr;
      if (!first) throw IoError(path + ": " + group_of(s) + " has no attribute first_row");
      const Index count = committed_rows(part, s);
      if (count == 0) continue;
      if (*first > committed_rows(file, s))
        throw IoError(path + ": " + group_of(s) + " starts at row " + std::to_string(*first) +
                      " but only " + std::to_string(committed_rows(file, s)) +
                      " rows come before: a part is missing");
      write_rows(file, s, *first, read_rows(part, s, 0, count));
    }
  }

  std::string directory_;
  Metadata metadata_;
  std::vector<SeriesSchema> series_;
  Options options_;
  RunStatus status_{};
  std::vector<Rows> buffers_;
  std::vector<Index> published_;  ///< rows before the buffer, of each series
  std::vector<Put> puts_;

  bool waiting_ = false, finishing_ = false;
  std::size_t waiting_bytes_ = 0;
  Clock::time_point started_ = Clock::now(), asked_ = started_, oldest_ = started_,
                    refreshed_ = started_;
  double refresh_seconds_ = 0.0, last_publish_seconds_ = 0.0;
  double cpu_started_ = cpu_seconds(), wall_before_ = 0.0, cpu_before_ = 0.0;
};

RunOutput::RunOutput(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RunOutput::RunOutput(RunOutput&&) noexcept = default;
RunOutput& RunOutput::operator=(RunOutput&&) noexcept = default;
RunOutput::~RunOutput() = default;

RunOutput RunOutput::create(const std::string& directory, Metadata metadata,
                            std::vector<SeriesSchema> series, const Options& options) {
  auto impl = std::make_unique<Impl>(directory, std::move(metadata), std::move(series), options);
  impl->start();
  return RunOutput(std::move(impl));
}

RunOutput RunOutput::create(const std::string& directory, Metadata metadata,
                            std::vector<SeriesSchema> series) {
  return create(directory, std::move(metadata), std::move(series), Options());
}

RunOutput RunOutput::reopen(const std::string& directory, Metadata metadata,
                            std::vector<SeriesSchema> series, const std::vector<Index>& rows,
                            const Options& options) {
  auto impl = std::make_unique<Impl>(directory, std::move(metadata), std::move(series), options);
  impl->resume(rows);
  return RunOutput(std::move(impl));
}

RunOutput RunOutput::reopen(const std::string& directory, Metadata metadata,
                            std::vector<SeriesSchema> series, const std::vector<Index>& rows) {
  return reopen(directory, std::move(metadata), std::move(series), rows, Options());
}

void RunOutput::put(const std::string& group, const Variable& variable,
                    std::span<const double> values) {
  impl_->put({group, variable, {values.begin(), values.end()}, {}});
}
void RunOutput::put(const std::string& group, const Variable& variable,
                    std::span<const std::string> values) {
  impl_->put({group, variable, {}, {values.begin(), values.end()}});
}
void RunOutput::put_counted(const std::string& group, const Variable& variable,
                            std::span<const double> values) {
  impl_->put({group, variable, {values.begin(), values.end()}, {}, Coordinates::counted});
}
void RunOutput::append(std::size_t series, double t, std::int64_t step, In row) {
  impl_->append(series, t, step, row);
}
std::vector<Index> RunOutput::rows() const { return impl_->rows(); }
bool RunOutput::publish_due() { return impl_->publish_due(); }
void RunOutput::publish() { impl_->publish(); }
void RunOutput::set_status(RunStatus status) { impl_->set_status(std::move(status)); }
void RunOutput::finish(RunStatus status) { impl_->finish(std::move(status)); }

}  // namespace thalweg
