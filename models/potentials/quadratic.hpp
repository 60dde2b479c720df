// L(q) = 1/2 q' H q with H = Q diag(lambda) Q'. The spectrum is given, so that flow, descent, their
// stability and every Hessian method have exact answers. Q is a product of random Householder
// reflections I - 2 w w': applied in O(dim) each, nothing is stored densely.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

#include <optional>
#include <string>
#include <vector>

namespace thalweg {

class Quadratic {
 public:
  static Doc doc();
  Quadratic() { prepare(); }
  /// @param reflections number of random reflections in Q; 0: axis-aligned
  explicit Quadratic(Vec spectrum, Index reflections = 0, Index seed = 0);

  void fields(Fields& f);
  void prepare();

  [[nodiscard]] Index dim() const { return lambda_.size(); }
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { hvp(q, q, g); }
  void hvp(In q, In v, Out Hv) const;
  void third(In q, In u, In v, Out Tuv) const;
  /// Standard normal numbers.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  /// q(t) = Q exp(-diag(lambda) t) Q' q0
  bool exact_flow(In q0, double t, Out q) const;
  /// 0 unless an eigenvalue is negative.
  [[nodiscard]] std::optional<double> minimum_value() const;

  [[nodiscard]] const Vec& spectrum() const { return lambda_; }

 private:
  void to_modes(Out x) const;    // x <- Q' x
  void from_modes(Out x) const;  // x <- Q x

  std::vector<double> given_spectrum_;
  Index dim_ = 10;
  double condition_number_ = 100.0, largest_ = 1.0;
  std::string spacing_ = "log";
  Index reflections_ = 8, seed_ = 0;
  Vec lambda_;
  Mat w_;  // unit vectors of the reflections, one per column
};

}  // namespace thalweg
