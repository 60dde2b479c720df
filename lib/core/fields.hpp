// One visitor describes the parameters of everything that a user can configure. A struct says
//
//   void fields(Fields& f) {
//     f("damping", damping, "1/time", "friction coefficient", at_least(0.0));
//   }
//
// once, and from it come: reading the config with range checks, the defaults, the help text, the
// resolved config and the attributes in the output file.
#pragma once
#include <thalweg/core/types.hpp>

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thalweg {

/// What a value must satisfy. Numbers: an interval; strings: a list of choices.
struct Rule {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false, high_open = false;
  std::vector<std::string> choices{};

  [[nodiscard]] bool allows(double value) const;
  /// "must be > 0", "must be in [0, 1)".
  [[nodiscard]] std::string text() const;
};

inline Rule any_value() { return {}; }
inline Rule at_least(double low) { return {.low = low}; }
inline Rule greater_than(double low) { return {.low = low, .low_open = true}; }
inline Rule positive() { return greater_than(0.0); }
inline Rule between(double low, double high) { return {.low = low, .high = high}; }
/// low <= value < high
inline Rule in_half_open(double low, double high) {
  return {.low = low, .high = high, .high_open = true};
}
inline Rule one_of(std::vector<std::string> choices) { return {.choices = std::move(choices)}; }

class Fields {
 public:
  virtual ~Fields() = default;

  /// One parameter: key in the config, the variable (its value on entry is the default), its unit
  /// ("1" when dimensionless, "" for text), one line of explanation, the rule it must satisfy.
  template <class T>
  void operator()(std::string_view key, T& value, std::string_view unit, std::string_view doc,
                  const Rule& rule = {}) {
    if constexpr (requires { value.fields(*this); }) {
      table(key, doc, [&] { value.fields(*this); });
    } else {
      visit(key, value, unit, doc, rule);
    }
  }

  /// A sub-table [.key]; `body` visits its fields.
  virtual void table(std::string_view key, std::string_view doc,
                     const std::function<void()>& body) = 0;
  /// An array of tables [[key]]: `body(i)` visits the fields of element i, which it must create.
  /// `count` is the number of elements there are now (for writers); readers call body once per
  /// element that the config has, and `count` times without one to read when it has no such key.
  virtual void array_of_tables(std::string_view key, std::size_t count, std::string_view doc,
                               const std::function<void(std::size_t)>& body) = 0;
  /// True when the visitor reads a config and that config has `key` in the current table.
  [[nodiscard]] virtual bool given(std::string_view key) const = 0;
  /// Reject the current value of `key`, with its position where the visitor knows one:
  /// `run.toml:12:8: solver.rtol = -1e-6 <rule>`.
  [[noreturn]] virtual void reject(std::string_view key, std::string_view rule) const = 0;
  /// Where `key`, or an element of its array, stands, for a complaint that can only be made later:
  /// `run.toml:12:8: record[0].what[1]`.
  [[nodiscard]] virtual std::string place(std::string_view key,
                                          std::optional<std::size_t> element = {}) const {
    return element ? std::string(key) + '[' + std::to_string(*element) + ']' : std::string(key);
  }
  /// Whether values are being read (a reader), as opposed to being described or written.
  [[nodiscard]] virtual bool reading() const = 0;

  virtual void visit(std::string_view, double&, std::string_view, std::string_view,
                     const Rule&) = 0;
  virtual void visit(std::string_view, Index&, std::string_view, std::string_view, const Rule&) = 0;
  virtual void visit(std::string_view, bool&, std::string_view, std::string_view, const Rule&) = 0;
  virtual void visit(std::string_view, std::string&, std::string_view, std::string_view,
                     const Rule&) = 0;
  virtual void visit(std::string_view, std::vector<double>&, std::string_view, std::string_view,
                     const Rule&) = 0;
  virtual void visit(std::string_view, std::vector<Index>&, std::string_view, std::string_view,
                     const Rule&) = 0;
  virtual void visit(std::string_view, std::vector<std::string>&, std::string_view,
                     std::string_view, const Rule&) = 0;
  /// Absent unless given.
  virtual void visit(std::string_view, std::optional<double>&, std::string_view, std::string_view,
                     const Rule&) = 0;
  virtual void visit(std::string_view, std::optional<Index>&, std::string_view, std::string_view,
                     const Rule&) = 0;
};

}  // namespace thalweg
