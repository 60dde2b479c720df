// Building the rows of a model check: the worst of several measurements, exceptions as failures,
// and the checks that potentials, systems and maps share.
#pragma once
#include <thalweg/analysis/derivative_check.hpp>
#include <thalweg/core/depth_limit.hpp>
#include <thalweg/numerics/finite_difference.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace thalweg::detail {

/// The measurement that uses up most of its tolerance.
class Worst {
 public:
  void take(double number, double tolerance);
  [[nodiscard]] double number() const { return number_; }
  [[nodiscard]] double tolerance() const { return tolerance_; }
  [[nodiscard]] bool within() const { return number_ <= tolerance_; }

 private:
  double number_ = 0.0, tolerance_ = 0.0;
  double used_ = 0.0;  // number_ / tolerance_
};

class CheckRows {
 public:
  CheckRows(std::string kind, const CheckOptions& options) : options_(options) {
    check_.kind = std::move(kind);
  }

  /// A number against its tolerance; `measure` fills it.
  void measure(const std::string& what, const std::string& reason,
               const std::function<void(Worst&)>& measure);
  /// A property: `find_fault` returns what is wrong, or "".
  void require(const std::string& what, const std::function<std::string()>& find_fault);
  void not_offered(const std::string& what, const std::string& hint);

  /// The start that the model offers, or random numbers, and points around it.
  [[nodiscard]] std::vector<Vec> points(Index dim, const std::optional<Vec>& start) const;
  /// A random unit vector.
  [[nodiscard]] Vec direction(Index dim, Index number) const;
  /// `exact`, a derivative along a unit vector at x, against differences of f; errors relative to
  /// the typical size `scale` of exact.
  void compare(Worst& worst, In exact, double scale, In x,
               const std::function<void(double, Out)>& f) const;

  [[nodiscard]] const CheckOptions& options() const { return options_; }
  /// What differs by rounding alone: 1e4 unit round-offs, for sums over many terms.
  [[nodiscard]] double rounding() const { return 1e4 * options_.unit_roundoff; }
  [[nodiscard]] ModelCheck take() { return std::move(check_); }

  void check_layout(const Layout& layout, Index dim);
  void check_start(const std::optional<Vec>& start, Index dim);
  /// Where depth ends a quantity may have no value at one end, as a front that has left the net.
  void check_observables(const Observables& observables, const std::vector<Vec>& points,
                         const std::optional<DepthLimit>& depth = std::nullopt);
  /// f(i, out) must give the same bits again, in any order and on several threads at once.
  void check_purity(Index cases, Index size, const std::function<void(Index, Out)>& f);

 private:
  CheckOptions options_;
  ModelCheck check_;
};

/// Why the tolerance of a comparison with differences is what it is.
extern const char* const difference_reason;

}  // namespace thalweg::detail
