// What survives a checkpoint: named numbers, exactly. Steppers, random streams and accumulators
// write their state here; lib/io stores it without rounding.
#pragma once
#include <thalweg/core/error.hpp>
#include <thalweg/core/types.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace thalweg {

class Archive {
 public:
  void put(const std::string& key, In x) { reals[key].assign(x.data(), x.data() + x.size()); }
  void put(const std::string& key, double x) { reals[key] = {x}; }
  void put(const std::string& key, std::int64_t n) { integers[key] = {n}; }
  void put(const std::string& key, std::string text) { texts[key] = std::move(text); }

  /// Takes over all entries of another one.
  void merge(const Archive& other) {
    for (const auto& [key, x] : other.reals) reals[key] = x;
    for (const auto& [key, n] : other.integers) integers[key] = n;
    for (const auto& [key, text] : other.texts) texts[key] = text;
  }

  [[nodiscard]] double real(const std::string& key) const { return find(reals, key).at(0); }
  [[nodiscard]] std::int64_t integer(const std::string& key) const {
    return find(integers, key).at(0);
  }
  [[nodiscard]] const std::string& text(const std::string& key) const { return find(texts, key); }
  [[nodiscard]] Eigen::Map<const Vec> vector(const std::string& key) const {
    const auto& v = find(reals, key);
    return {v.data(), static_cast<Index>(v.size())};
  }
  [[nodiscard]] bool has(const std::string& key) const {
    return reals.contains(key) || integers.contains(key) || texts.contains(key);
  }

  std::map<std::string, std::vector<double>> reals;
  std::map<std::string, std::vector<std::int64_t>> integers;
  std::map<std::string, std::string> texts;

 private:
  template <class M>
  static const typename M::mapped_type& find(const M& map, const std::string& key) {
    const auto it = map.find(key);
    if (it == map.end())
      throw IoError("the checkpoint has no entry \"" + key +
                    "\": it was written by another version or for another configuration");
    return it->second;
  }
};

}  // namespace thalweg
