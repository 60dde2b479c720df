// The visitor that fills structs from a Config: every value is checked for type, range and choice,
// and every complaint says where, which value, which rule and, for names, what was probably meant:
//
//   run.toml:12:8: solver.rtol = -1e-6 must be > 0
//
// What was visited, given or default, is remembered as the resolved configuration.
#pragma once
#include <thalweg/config/config.hpp>
#include <thalweg/core/fields.hpp>

#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace thalweg {

class ConfigReader final : public Fields {
 public:
  explicit ConfigReader(const Config& config);
  ConfigReader(const ConfigReader&) = delete;
  ConfigReader& operator=(const ConfigReader&) = delete;

  /// Call when all parts have been read: a key that nobody asked for is an error.
  /// @throws ConfigError that names each of them, one a line
  void finish() const;

  /// TOML text of all that was visited, defaults included, with units and meanings as comments.
  /// Read again it gives the same values to the last bit.
  [[nodiscard]] std::string resolved() const;

  /// A value of any kind that the caller reads by himself, or null.
  const Node* node(std::string_view key, std::string_view doc);

  /// Unit and meaning of a key that was visited ("solver.rtol", "record[0].name"); nothing for a
  /// table and for what was not.
  struct Meaning {
    std::string unit, doc;
  };
  [[nodiscard]] std::optional<Meaning> meaning(std::string_view key) const;

  /// A table that is absent is visited all the same and leaves its defaults. A ModelError from
  /// inside becomes a ConfigError with the position of the table.
  void table(std::string_view key, std::string_view doc,
             const std::function<void()>& body) override;
  void array_of_tables(std::string_view key, std::size_t count, std::string_view doc,
                       const std::function<void(std::size_t)>& body) override;
  [[nodiscard]] bool given(std::string_view key) const override;
  [[noreturn]] void reject(std::string_view key, std::string_view rule) const override;
  [[nodiscard]] std::string place(std::string_view key,
                                  std::optional<std::size_t> element = {}) const override;
  [[nodiscard]] bool reading() const override { return true; }

  // A default that breaks its own rule, or is NaN, marks a value that the user must give; an
  // infinite one allows infinity.
  void visit(std::string_view key, double& value, std::string_view unit, std::string_view doc,
             const Rule& rule) override;
  void visit(std::string_view key, Index& value, std::string_view unit, std::string_view doc,
             const Rule& rule) override;
  void visit(std::string_view key, bool& value, std::string_view unit, std::string_view doc,
             const Rule& rule) override;
  void visit(std::string_view key, std::string& value, std::string_view unit, std::string_view doc,
             const Rule& rule) override;
  void visit(std::string_view key, std::vector<double>& value, std::string_view unit,
             std::string_view doc, const Rule& rule) override;
  void visit(std::string_view key, std::vector<Index>& value, std::string_view unit,
             std::string_view doc, const Rule& rule) override;
  void visit(std::string_view key, std::vector<std::string>& value, std::string_view unit,
             std::string_view doc, const Rule& rule) override;
  void visit(std::string_view key, std::optional<double>& value, std::string_view unit,
             std::string_view doc, const Rule& rule) override;
  void visit(std::string_view key, std::optional<Index>& value, std::string_view unit,
             std::string_view doc, const Rule& rule) override;

 private:
  // What was visited, in order: the tree that `resolved` prints.
  struct Record {
    enum class Kind { value, table, array, element };
    Kind kind = Kind::value;
    std::string key;
    std::string text{};  // of a value; empty when it is absent
    std::string unit{}, doc{};
    std::list<Record> children{};
  };
  // The table that is being read.
  struct Frame {
    const Node* node;  // null when the file does not have it
    Record* record;
    std::string path;
    std::string where;  // of this table, or of the nearest one around it that exists
  };

  void enter(const Node* node, Record& record, std::string path, const std::function<void()>& body);
  const Node* take(std::string_view key);
  Record& remember(Record::Kind kind, std::string_view key, std::string_view unit,
                   std::string_view doc);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[noreturn]] void missing(std::string_view key, const Rule& rule) const;
  template <class T>
  void read(std::string_view key, T& value, std::string_view unit, std::string_view doc,
            const Rule& rule);
  template <class T>
  void read_optional(std::string_view key, std::optional<T>& value, std::string_view unit,
                     std::string_view doc, const Rule& rule);
  static const Record* find(const Record& table, const std::string& path, std::string_view key);
  void find_unknown(const Node& node, const Record& record, const std::string& path,
                    std::vector<std::string>& messages) const;
  void print(const Record& record, const std::string& path, std::string& text) const;

  Node root_;
  Record records_{.kind = Record::Kind::table, .key = ""};
  std::vector<Frame> frames_;
  std::set<const Node*> visited_;
};

}  // namespace thalweg
