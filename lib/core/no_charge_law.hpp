// A motion of which it is known why the charges of symmetries have no law.
#pragma once
#include <thalweg/core/charge_law.hpp>

#include <string>
#include <utility>

namespace thalweg {

class NoChargeLaw final : public ChargeLaw {
 public:
  explicit NoChargeLaw(std::string why) : why_(std::move(why)) {}
  /// One clause: "each parameter has a step of its own, ...".
  [[nodiscard]] const std::string& why() const { return why_; }

  [[nodiscard]] std::string equation(Symmetry::Kind) const override { return {}; }
  [[nodiscard]] bool needs_every_step(const Symmetry&) const override { return false; }
  [[nodiscard]] bool is_identity() const override { return false; }
  void charges(const Symmetry& s, In x, double, MatOut y) const override {
    y.setZero();
    s.pairing(x, x, y.col(0));
  }
  [[nodiscard]] double scale(const Symmetry& s, In x) const override {
    const double size = s.moved_norm(x);
    return size * size;
  }
  void advance(const Symmetry&, double, double, const Path&, MatOut) const override {}

 private:
  std::string why_;
};

}  // namespace thalweg
