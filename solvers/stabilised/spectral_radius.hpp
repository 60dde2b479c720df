// The spectral radius of the Jacobian along a trajectory, by power iteration that starts from the
// last eigenvector: v <- J v / |J v|, rho = |J v|. Products are exact where the system has them;
// otherwise J v = (f(x + d v) - f(x)) / d (the nonlinear power method of the code RKC).
// Source: Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998) 315-326.
#pragma once
#include <thalweg/core/archive.hpp>
#include <thalweg/core/system.hpp>

namespace thalweg {

class SpectralRadius {
 public:
  explicit SpectralRadius(const AnySystem& system);

  /// Forgets everything; the next estimate starts from the right-hand side.
  void reset();
  /// A new estimate at (x, t) with f = f(x, t); `hint` is mixed into the start, so that a direction
  /// that has become dominant (the one in which a step went wrong) is not missed.
  void estimate(In x, In f, double t, In hint);
  /// The estimate times a margin, because power iteration comes from below: 1.05 where the spectrum
  /// is real, 1.2 otherwise. 0 before the first estimate.
  [[nodiscard]] double value() const { return margin_ * rho_; }
  [[nodiscard]] bool exact_products() const { return system_.has_jvp(); }
  /// Products made so far, resets included, exact or by differences.
  [[nodiscard]] std::int64_t products() const { return products_; }

  void save(Archive& archive, const std::string& prefix) const;
  void load(const Archive& archive, const std::string& prefix);

 private:
  void product(In x, In f, double t);

  AnySystem system_;
  double margin_;
  double rho_ = 0.0;
  std::int64_t products_ = 0;
  Vec v_, Jv_, x_shifted_;
};

}  // namespace thalweg
