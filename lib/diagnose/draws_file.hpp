// Draws in a file of the ArviZ schema, of this program or any other: which sampled variables there
// are, and their draws one block of entries after another, so that memory does not grow with the
// file. https://python.arviz.org/en/stable/schema/schema.html
#pragma once
#include <thalweg/core/types.hpp>
#include <thalweg/io/h5.hpp>

#include <functional>
#include <string>
#include <vector>

namespace thalweg {

/// A sampled array: axes chain, draw and those of one value.
struct DrawsVariable {
  std::string group, name;
  Index chains = 0, draws = 0;
  std::vector<std::string> axes{};  ///< after chain and draw
  h5::Shape shape{};                ///< of one value
  /// Texts of the coordinates of each axis; empty where they are numbers.
  std::vector<std::vector<std::string>> labels{};

  [[nodiscard]] Index size() const;
  [[nodiscard]] std::string path() const { return "/" + group + "/" + name; }
  /// "mu", "theta[Choate]", "W1[3, 0]": counted from 0 where there are no labels.
  [[nodiscard]] std::string entry_name(Index entry) const;
};

/// Draws of the entries [first, first + columns.size()) of the flattened value, each of shape
/// (draws, chains).
struct DrawsBlock {
  Index first = 0, count = 0;
  /// The draws of entry `first + k`.
  void column(Index k, Mat& out) const;
  std::span<const double> values{};  ///< (chain, draw, entry)
  Index chains = 0, draws = 0;
};

class DrawsFile {
 public:
  /// `path`: a file, or the directory of a run. @throws IoError when it is not an HDF5 file, has no
  /// group of draws, or a group of draws breaks the schema
  explicit DrawsFile(const std::string& path);

  [[nodiscard]] const std::string& path() const { return file_.path(); }
  [[nodiscard]] const h5::File& file() const { return file_; }
  [[nodiscard]] std::string text(const std::string& root_attribute) const;

  [[nodiscard]] Index chains() const { return chains_; }
  /// Of the first group that there is.
  [[nodiscard]] Index draws() const { return draws_; }
  /// Numbers that are drawn, in the order of the file; none when the file has no such group. Of
  /// sample_stats only what is one number per draw.
  [[nodiscard]] const std::vector<DrawsVariable>& variables(const std::string& group) const;
  /// Null when there is none.
  [[nodiscard]] const DrawsVariable* find(const std::string& group, const std::string& name) const;
  /// Names that look like a misspelt one of the schema, in sentences.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// All draws of one entry, shape (draws, chains).
  [[nodiscard]] Mat column(const DrawsVariable& variable, Index entry = 0) const;
  /// Every entry of a variable, in blocks of at most `bytes` but at least one entry.
  void for_blocks(const DrawsVariable& variable, std::size_t bytes,
                  const std::function<void(const DrawsBlock&)>& f) const;

  /// The groups of draws that are read, function space before parameters.
  static const std::vector<std::string>& groups();

 private:
  void read_group(const std::string& group);
  [[nodiscard]] DrawsVariable read_variable(const std::string& group,
                                            const std::string& name) const;
  void check_names();
  [[noreturn]] void fail(const std::string& sentence) const;

  h5::File file_;
  Index chains_ = 0, draws_ = 0;
  std::string first_group_{};
  std::vector<std::pair<std::string, std::vector<DrawsVariable>>> variables_;
  std::vector<std::string> warnings_;
};

}  // namespace thalweg
