// Builds catalogue entries with given numbers and otherwise their defaults, without a config file.
#pragma once
#include <thalweg/core/error.hpp>
#include <thalweg/core/fields.hpp>

#include <map>
#include <string>
#include <utility>

namespace thalweg::test {

class GivenFields : public Fields {
 public:
  explicit GivenFields(std::map<std::string, double> numbers = {}) : numbers_(std::move(numbers)) {}

  void table(std::string_view, std::string_view, const std::function<void()>& body) override {
    body();
  }
  void array_of_tables(std::string_view, std::size_t, std::string_view,
                       const std::function<void(std::size_t)>&) override {}
  [[nodiscard]] bool given(std::string_view key) const override {
    return numbers_.contains(std::string(key));
  }
  [[noreturn]] void reject(std::string_view key, std::string_view rule) const override {
    throw ConfigError(std::string(key) + " " + std::string(rule));
  }
  [[nodiscard]] bool reading() const override { return true; }

  void visit(std::string_view key, double& x, std::string_view, std::string_view,
             const Rule& rule) override {
    if (!given(key)) return;
    x = numbers_.at(std::string(key));
    if (!rule.allows(x)) reject(key, rule.text());
  }
  void visit(std::string_view key, Index& n, std::string_view unit, std::string_view doc,
             const Rule& rule) override {
    double x = static_cast<double>(n);
    visit(key, x, unit, doc, rule);
    n = static_cast<Index>(x);
  }
  void visit(std::string_view, bool&, std::string_view, std::string_view, const Rule&) override {}
  void visit(std::string_view, std::string&, std::string_view, std::string_view,
             const Rule&) override {}
  void visit(std::string_view, std::vector<double>&, std::string_view, std::string_view,
             const Rule&) override {}
  void visit(std::string_view, std::vector<Index>&, std::string_view, std::string_view,
             const Rule&) override {}
  void visit(std::string_view, std::vector<std::string>&, std::string_view, std::string_view,
             const Rule&) override {}
  void visit(std::string_view, std::optional<double>&, std::string_view, std::string_view,
             const Rule&) override {}
  void visit(std::string_view, std::optional<Index>&, std::string_view, std::string_view,
             const Rule&) override {}

 private:
  std::map<std::string, double> numbers_;
};

}  // namespace thalweg::test
