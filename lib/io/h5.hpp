// HDF5 files through RAII, readable by netCDF-4: objects in creation order, times and arrays with
// dimension scales. Every failure is an IoError that names the file, the object and the reason.
// HDF5 is not thread-safe: call this from one thread only, or under `lock_library`.
#pragma once
#include <thalweg/core/error.hpp>
#include <thalweg/core/types.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace thalweg::h5 {

using Value = std::variant<std::string, std::int64_t, double, std::vector<std::int64_t>,
                           std::vector<std::string>>;
using Attributes = std::vector<std::pair<std::string, Value>>;  ///< in the order of the file
using Shape = std::vector<Index>;

/// A flag is an integer of one byte that readers take for true or false; type() calls it integer.
enum class Type { real, integer, text, flag };

/// Where an array grows: along its first axis, or along the second after a fixed first one, as the
/// draws of several chains do.
enum class Growth { first, second };

/// "1.10.8"
std::string library_version();

/// Held by whoever uses the library while several threads might, as those do that build the parts
/// of many runs. Whoever holds it opens, reads and closes.
std::unique_lock<std::mutex> lock_library();

/// An identifier of the HDF5 library that is closed when it goes out of scope.
class Id {
 public:
  using Close = int (*)(std::int64_t);
  Id() = default;
  Id(std::int64_t id, Close closer) : id_(id), close_(closer) {}
  Id(Id&& other) noexcept { swap(other); }
  Id& operator=(Id&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Id() {
    if (id_ > 0) close_(id_);
  }
  [[nodiscard]] std::int64_t get() const { return id_; }
  std::int64_t release() { return std::exchange(id_, 0); }
  /// Negative when the library could not write what it still held back.
  int close() { return close_(release()); }

 private:
  void swap(Id& other) {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
  }
  std::int64_t id_ = 0;
  Close close_ = nullptr;
};

/// One open file. Object paths are absolute: "/series/fine/loss".
class File {
 public:
  /// A new file; an existing one of that name is replaced. Format bounds earliest..1.10.
  static File create(const std::string& path);
  /// An existing file, read only.
  static File open(const std::string& path);
  /// Closes and reports what the destructor would hide: data that could not be written.
  void close();
  [[nodiscard]] const std::string& path() const { return path_; }

  // what there is
  [[nodiscard]] bool exists(const std::string& object) const;
  [[nodiscard]] bool is_group(const std::string& object) const;
  /// Names of the members of a group, in creation order.
  [[nodiscard]] std::vector<std::string> groups(const std::string& group) const;
  [[nodiscard]] std::vector<std::string> datasets(const std::string& group) const;
  [[nodiscard]] Type type(const std::string& dataset) const;
  [[nodiscard]] Shape shape(const std::string& dataset) const;
  /// Names of the dimension scales of each axis, "" where there is none.
  [[nodiscard]] std::vector<std::string> axes(const std::string& dataset) const;
  /// Whether a dataset only carries the size of an axis and no coordinate.
  [[nodiscard]] bool is_bare_dimension(const std::string& dataset) const;

  // reading; integers and floats of any width convert
  [[nodiscard]] std::optional<Value> attribute(const std::string& object,
                                               const std::string& name) const;
  [[nodiscard]] Attributes attributes(const std::string& object) const;
  [[nodiscard]] std::vector<double> read(const std::string& dataset) const;
  [[nodiscard]] std::vector<std::int64_t> read_integers(const std::string& dataset) const;
  [[nodiscard]] std::vector<std::string> read_texts(const std::string& dataset) const;
  /// Entries [first, first + count) of the axis that grows, in the order of the file.
  void read_rows(const std::string& dataset, Index first, Index count, double* out,
                 Growth growth = Growth::first) const;
  void read_rows(const std::string& dataset, Index first, Index count, std::int64_t* out,
                 Growth growth = Growth::first) const;
  /// The block of `count` entries per axis from `start` on, row-major.
  void read_block(const std::string& dataset, const Shape& start, const Shape& count,
                  double* out) const;

  // writing
  void create_group(const std::string& group);  ///< with its parents; existing ones are kept
  /// Text over 32 kB does not fit an attribute: it becomes a scalar dataset in the group `object`.
  void set_attribute(const std::string& object, const std::string& name, const Value& value);
  /// A dataset of a fixed shape; an empty shape is a scalar.
  void create(const std::string& dataset, Type type, const Shape& shape);
  /// A dataset that grows along its first axis; `row` is the shape of one row.
  void create_growing(const std::string& dataset, Type type, const Shape& row);
  /// A dataset of shape (chains, 0, row...) that grows along its second axis.
  void create_growing_chains(const std::string& dataset, Type type, Index chains, const Shape& row);
  void write(const std::string& dataset, std::span<const double> values);
  void write(const std::string& dataset, std::span<const std::int64_t> values);
  void write(const std::string& dataset, std::span<const std::string> values);
  /// Overwrites or appends rows from `first` on, which must not be beyond the end.
  void write_rows(const std::string& dataset, Index first, Index count, const double* rows,
                  Growth growth = Growth::first);
  void write_rows(const std::string& dataset, Index first, Index count, const std::int64_t* rows,
                  Growth growth = Growth::first);
  /// Truncates.
  void set_rows(const std::string& dataset, Index rows, Growth growth = Growth::first);

  // axes
  void make_scale(const std::string& dataset);  ///< the one-dimensional dataset names an axis
  /// An axis without a coordinate.
  void create_dimension(const std::string& dataset, Index size);
  void attach_scale(const std::string& dataset, std::size_t axis, const std::string& scale);

  /// Copies a dataset with attributes and axes from another file; compressed chunks are moved as
  /// they are. The scales of its axes must be there already, unless it is a scale itself.
  void copy_dataset(const File& from, const std::string& dataset);

 private:
  File(std::string path, Id id) : path_(std::move(path)), id_(std::move(id)) {}
  [[nodiscard]] Id open_object(const std::string& object) const;
  [[nodiscard]] Id open_dataset(const std::string& dataset) const;
  [[nodiscard]] std::vector<std::string> members(const std::string& group, bool groups) const;
  template <class T>
  void transfer_rows(const std::string& dataset, Index first, Index count, T* rows, bool write,
                     Growth growth) const;
  template <class T>
  void write_all(const std::string& dataset, std::span<const T> values);
  void create_dataset(const std::string& dataset, Type type, const Shape& shape,
                      std::optional<Growth> growth);
  [[noreturn]] void fail(const std::string& doing, const std::string& object) const;

  std::string path_;
  Id id_;
};

}  // namespace thalweg::h5
