// Independent normal priors of the parameters, q_i ~ N(0, sd_i^2), with every constant.
#pragma once
#include <thalweg/core/rng.hpp>
#include <thalweg/core/types.hpp>

namespace thalweg {

class NormalPrior {
 public:
  NormalPrior() = default;
  explicit NormalPrior(Vec standard_deviations);

  [[nodiscard]] Index dim() const { return sd_.size(); }
  /// -ln p(q) = sum_i [q_i^2/(2 sd_i^2) + ln sd_i + (1/2) ln 2 pi], g its gradient.
  double operator()(In q, Out g) const;
  /// Adds the gradient to g and returns -ln p(q).
  double add_to(In q, Out g) const;
  void draw(Rng& rng, Out q) const;

  [[nodiscard]] const Vec& sd() const { return sd_; }
  /// 1/sd^2.
  [[nodiscard]] const Vec& precision() const { return precision_; }
  /// sum_i ln(sd_i sqrt(2 pi)).
  [[nodiscard]] double constant() const { return constant_; }

 private:
  Vec sd_, precision_;
  double constant_ = 0.0;
};

}  // namespace thalweg
