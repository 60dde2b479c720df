// Name -> factory, with what `describe` needs. Entries of the library are listed explicitly in the
// catalogues (a static registrar inside a static library is dropped by the linker); a user's own
// file, which is on the link line itself, may register with the macros of model.hpp.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/error.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/names.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace thalweg {

template <class T>
class Registry {
 public:
  struct Entry {
    std::string name;
    Doc doc;
    /// Visits the fields with their defaults; builds nothing.
    std::function<void(Fields&)> describe;
    /// Reads the fields and builds.
    std::function<T(Fields&)> make;
  };

  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  void add(Entry entry) {
    for (const auto& e : entries_)
      if (e.name == entry.name)
        throw ConfigError(kind_ + " \"" + entry.name + "\" is registered twice");
    entries_.push_back(std::move(entry));
  }

  /// An entry made from a struct S with `fields`, optional `prepare()` (load data, allocate) and
  /// convertible to T.
  template <class S>
  void add(std::string name, Doc doc) {
    add(Entry{std::move(name), std::move(doc),
              [](Fields& f) {
                S s{};
                if constexpr (requires { s.fields(f); }) s.fields(f);
              },
              [](Fields& f) -> T {
                S s{};
                if constexpr (requires { s.fields(f); }) s.fields(f);
                if constexpr (requires { s.prepare(); }) s.prepare();
                return T(std::move(s));
              }});
  }

  [[nodiscard]] const std::string& kind() const { return kind_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& e : entries_) all.push_back(e.name);
    return all;
  }
  [[nodiscard]] const Entry* find(std::string_view name) const {
    for (const auto& e : entries_)
      if (e.name == name) return &e;
    return nullptr;
  }
  [[nodiscard]] const Entry& at(std::string_view name) const {
    if (const auto* e = find(name)) return *e;
    throw ConfigError("unknown " + kind_ + " \"" + std::string(name) + "\"" +
                      name_hint(name, names()) + " (thalweg list shows all)");
  }

 private:
  std::string kind_;
  std::vector<Entry> entries_;
};

/// Visits a part that is chosen by name from a registry: table [key] with `name = "..."` and the
/// chosen entry's own fields. `name` holds the default on entry and the choice on return; the part
/// is built only when values are being read.
template <class T>
void part(Fields& f, std::string_view key, std::string& name, const Registry<T>& registry,
          std::string_view doc, const std::function<void(T&&)>& receive) {
  f.table(key, doc, [&] {
    f("name", name, "", "which " + registry.kind(), one_of(registry.names()));
    const auto& entry = registry.at(name);
    if (f.reading())
      receive(entry.make(f));
    else
      entry.describe(f);
  });
}

}  // namespace thalweg
