// Whether stability rather than accuracy holds the step down: 15 of the last 20 tries at the limit
// say yes, fewer than 10 say no, and between the two the last answer stays.
#pragma once
#include <thalweg/core/archive.hpp>

#include <bit>
#include <cstdint>
#include <string>

namespace thalweg {

class StabilityWindow {
 public:
  void add(bool at_the_limit) {
    tries_ = (tries_ << 1 | std::uint32_t{at_the_limit}) & 0xFFFFFU;
    const int n = std::popcount(tries_);
    if (n >= 15) limited_ = true;
    if (n < 10) limited_ = false;
  }
  [[nodiscard]] bool limited() const { return limited_; }

  void save(Archive& a, const std::string& p) const {
    a.put(p + "window", std::int64_t{tries_});
    a.put(p + "limited", std::int64_t{limited_});
  }
  void load(const Archive& a, const std::string& p) {
    tries_ = static_cast<std::uint32_t>(a.integer(p + "window"));
    limited_ = a.integer(p + "limited") != 0;
  }

 private:
  std::uint32_t tries_ = 0;
  bool limited_ = false;
};

}  // namespace thalweg
