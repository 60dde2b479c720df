// A Gaussian target with a given spectrum of variances, the standard test of samplers: everything
// about it is known.
#pragma once
#include <thalweg/core/doc.hpp>
#include <thalweg/core/fields.hpp>
#include <thalweg/core/observable.hpp>
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>
#include <thalweg/models/networks/kernel/linear_kernel.hpp>

#include <memory>
#include <optional>
#include <string>

namespace thalweg {

/// U(q) = q' S^-1 q / 2 (+ ln Z when `normalised`), S = Q' diag(l) Q with l_k = largest
/// condition^(-k/(dim - 1)) and Q the orthonormal DCT-II or the identity.
class Gaussian {
 public:
  Index dimension = 100;
  double condition = 1000.0, largest = 1.0;
  std::string rotation = "dct";
  bool normalised = false;

  static Doc doc();
  void fields(Fields& f);
  void prepare();

  [[nodiscard]] Index dim() const { return dimension; }
  [[nodiscard]] double value(In q) const;
  double value_and_gradient(In q, Out g) const;
  void gradient(In q, Out g) const { value_and_gradient(q, g); }
  void hvp(In q, In v, Out Hv) const;
  void third(In, In, In, Out Tuv) const { Tuv.setZero(); }
  /// A draw from twice the standard normal: wider than the target in most directions.
  [[nodiscard]] Vec initial_state(Rng& rng) const;
  bool exact_flow(In q0, double t, Out q) const;
  [[nodiscard]] std::optional<double> minimum_value() const;
  [[nodiscard]] Facts facts() const;

  /// An exact draw, q = Q' (sqrt(l) z) with z standard normal.
  void draw(Rng& rng, Out q) const;
  /// S.
  [[nodiscard]] const Mat& covariance() const { return parts_->S; }
  /// ln of the integral of exp(-U): (dim/2) ln 2 pi + (1/2) sum ln l, 0 when normalised.
  [[nodiscard]] double log_evidence() const;

 private:
  struct Parts {
    Vec variances;
    Mat Q, S;
    double log_normaliser = 0.0;
    mlp_kernel::PackedMatrix precision;
  };
  std::shared_ptr<const Parts> parts_;
};

}  // namespace thalweg
