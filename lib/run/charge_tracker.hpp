// The charges of a potential's symmetries beside what the law of the motion predicts for them from
// the start of the run. Where the law is a sum over every step the prediction is carried along
// step by step; of single stored states there is none then.
#pragma once
#include <thalweg/run/quantities.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace thalweg {

class ChargeTracker final : public Accumulator {
 public:
  enum Verdict { fail = 0, pass = 1, no_law = 2, no_bound = 3, needs_every_step = 4 };

  /// One symmetry at the time that was looked at last.
  struct Charges {
    Vec now, predicted;      ///< of the members; NaN where nothing is predicted
    double deviation = 0.0;  ///< max |now - predicted| / scale
    double scale = 0.0;      ///< largest so far
    double asymmetry = 0.0;  ///< max |<g, A q> - decay <q, A q>| / (largest |g| |A q| so far)
    Verdict verdict = no_law;
    bool symmetric = false;                               ///< the asymmetry is within rounding
    double worst_deviation = 0.0, worst_asymmetry = 0.0;  ///< of the rows so far
  };

  /// `bound`: of deviations, in place of the law's own. @throws ModelError when the potential has
  /// no symmetry with a charge in this motion.
  ChargeTracker(std::string name, const RunContext& context, std::optional<double> bound);

  [[nodiscard]] const Symmetries& symmetries() const { return symmetries_; }
  [[nodiscard]] const ChargeLaw* law() const { return law_.get(); }
  /// Of a deviation, NaN when there is none; why it is that.
  /// Why there is none.
  [[nodiscard]] std::string why_no_law() const;
  [[nodiscard]] double bound(std::size_t i) const;
  [[nodiscard]] std::string bound_origin() const;
  /// Of an asymmetry: 1e-12 of double precision.
  [[nodiscard]] double asymmetry_bound(std::size_t i) const;

  const std::vector<Charges>& at(Probe& probe, Stepper& stepper);

  void start(double t, In x) override;
  void on_step(Stepper& stepper, double t_from, double t_to) override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;
  /// "symmetry rescale_layer1: PASS, ...", the worst of the rows so far.
  [[nodiscard]] std::vector<std::string> verdicts() const override;
  [[nodiscard]] bool passed() const override;

 private:
  void advance(Stepper& stepper, std::size_t i, double t_from, double t_to, MatOut y);
  void charges(std::size_t i, In x, double t, MatOut y) const;
  [[nodiscard]] double scale(std::size_t i, In x) const;
  [[nodiscard]] bool has_law(std::size_t i) const;

  std::string name_;
  Symmetries symmetries_;
  std::shared_ptr<const ChargeLaw> law_;
  std::optional<double> wanted_;
  double rtol_;
  Index parameters_ = 0;
  double t_start_ = 0.0, t_done_ = 0.0, t_seen_;
  std::vector<Mat> y_start_, y_;  // predicted, at t_done_
  std::vector<double> force_scale_;
  std::vector<Charges> now_;
  Vec x_, pairs_;
};

}  // namespace thalweg
