// What every one-step method with an error estimate shares: the try, its verdict, the next step,
// landing on the end, the failures that must have a name, and the checkpoint. A method adds its
// formula (`attempt`) and its dense output.
#pragma once
#include <thalweg/core/stepper.hpp>
#include <thalweg/solvers/step_control.hpp>

#include <optional>

namespace thalweg {

class AdaptiveStepper : public Stepper {
 public:
  const StepperInfo& info() const final { return info_; }
  void reset(double t, In x) final;
  StepReport step(double t_end) final;
  double time() const final { return t_; }
  const Vec& state() const final { return x_; }
  double previous_time() const final { return t_previous_; }
  double next_step_size() const final { return h_; }
  void interpolate(double t, Out x) final;
  void save(Archive& archive, const std::string& prefix) const final;
  void load(const Archive& archive, const std::string& prefix) final;
  /// After a reset: the size of the first try, instead of one chosen from the right-hand side.
  void start_with_step(double h) { h_ = h; }
  /// Step of the last try times the spectral radius of the Jacobian, 0 when the method cannot tell.
  [[nodiscard]] virtual double h_rho() const { return 0.0; }

 protected:
  /// `error_exponent` is k in err ~ h^k.
  AdaptiveStepper(AnySystem system, StepperInfo info, const StepControl& control,
                  int error_exponent);

  /// One try of size h from (t_, x_) with f_ = f(x_, t_): fills x_new_ and err_. Returns true when
  /// it also filled f_new_ = f(x_new_, t_ + h).
  virtual bool attempt(double h) = 0;
  /// After an attempt whose equations had no solution that could be found (an implicit method): the
  /// factor in (0, 1) for the step of the next try. The try is rejected without an error estimate.
  virtual std::optional<double> unsolved() const { return {}; }
  /// State at t_previous_ < t < t_.
  virtual void interpolate_inside(double t, Out x) = 0;
  /// Buffers of the right size; memory of earlier steps forgotten.
  virtual void on_reset() {}
  /// Before each try; the largest step that the method can do now.
  virtual double largest_step() { return std::numeric_limits<double>::infinity(); }
  /// After each try, before the states move: looks at x_new_, f_new_ and h.
  virtual void on_verdict(bool /*accepted*/, bool /*finite*/, double /*h*/) {}
  virtual bool stability_limited() const { return false; }
  /// Step after a finite try of size h with scaled error `error`.
  virtual double propose(double h, double error, bool accepted);
  virtual void save_more(Archive&, const std::string& /*prefix*/) const {}
  virtual void load_more(const Archive&, const std::string& /*prefix*/) {}

  AnySystem system_;
  StepperInfo info_;
  StepControl control_;
  PiController pi_;
  double t_ = 0.0, t_previous_ = 0.0;
  double h_of_step_ = 0.0;  // of the last accepted step: t_ - t_previous_ but for rounding
  Vec x_, x_previous_, x_new_, f_, f_previous_, f_new_, err_;

 private:
  void start(double t_end);
  double first_step(double t_end);
  void accept(double h, double t_new);
  [[noreturn]] void fail_not_finite(double h) const;
  [[noreturn]] void fail_step_too_small(double h, double limit, const char* limit_text) const;

  int k_;
  double h_ = 0.0;  // 0: not chosen yet
  bool started_ = false, last_try_rejected_ = false, last_try_unsolved_ = false;
  int not_finite_in_a_row_ = 0;
};

}  // namespace thalweg
