// The directory of one run: result.h5, report.html, run.toml, checkpoint/, analysis/, pictures/.
// Created or opened by one process at a time.
#pragma once
#include <string>
#include <string_view>

namespace thalweg {

class RunDirectory {
 public:
  enum class Existing { refuse, replace };

  /// Makes the directory with its parents and locks it. When it holds a result: throws IoError
  /// (refuse), or removes the files that a run makes, and nothing else (replace).
  static RunDirectory create(const std::string& path, Existing existing);
  /// Opens and locks the directory of an earlier run.
  static RunDirectory open(const std::string& path);

  RunDirectory(RunDirectory&& other) noexcept;
  RunDirectory& operator=(RunDirectory&& other) noexcept;
  ~RunDirectory();  ///< unlocks

  /// Where results beside result.h5 stand that were made from it: the folder "analysis".
  [[nodiscard]] std::string analysis_folder() const { return file("analysis"); }
  /// Removes RUN/analysis/<name>.h5 and what a killed command left of it, if it is ours.
  void remove_analysis(const std::string& name) const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const;
  /// "" or why the directory could not be locked (a file system without locks).
  [[nodiscard]] const std::string& warning() const { return warning_; }

  /// run.toml, the resolved configuration, under a first line that tells what it is.
  void write_config(std::string_view toml) const;
  [[nodiscard]] std::string read_config() const;

 private:
  RunDirectory(std::string path, bool may_create);
  std::string path_, warning_;
  int lock_ = -1;
};

/// The result file that `run` stands for: a run's directory or the file itself.
/// @throws IoError when there is none
std::string result_path(const std::string& run);

}  // namespace thalweg
