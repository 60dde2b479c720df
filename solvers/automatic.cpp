// dopri5 and rkc2 behind one stepper. To rkc2 when dopri5 has been limited by stability; back when
// rkc2 has made 20 steps in a row with h rho < 1, where its stages cost as much as dopri5's.
// At tight tolerances accuracy may hold rkc2 to such steps although the problem is stiff; so each
// return doubles the steps that dopri5 must be limited for before the next switch.
#include <thalweg/solvers/automatic.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

namespace {

constexpr int steps_before_return = 20;
constexpr double cheap_h_rho = 1.0;
constexpr std::int64_t most_patience = 1'000'000;

class AutomaticStepper final : public Stepper {
 public:
  AutomaticStepper(const AnySystem& system, const StepControl& control, Index max_stages)
      : dopri5_(make_dopri5(system, control)),
        rkc2_(make_rkc2(system, control, max_stages)),
        may_switch_(system.is_gradient_flow() || system.has_jvp()) {
    info_ = {
        .name = "auto",
        .order = dopri5_->info().order,
        .adaptive = true,
        .description = "auto: " + dopri5_->info().description +
                       (may_switch_ ? "; when stability limits it: " + rkc2_->info().description
                                    : "; no switch to rkc2, for the system is neither a "
                                      "gradient flow nor has Jacobian products")};
  }

  const StepperInfo& info() const override { return info_; }
  void reset(double t, In x) override {
    dopri5_->reset(t, x);
    stiff_ = last_is_rkc2_ = switch_due_ = false;
    counted_ = 0;
    patience_ = 1;
  }

  StepReport step(double t_end) override {
    if (switch_due_) change_method();
    auto& now = active();
    auto report = now.step(t_end);
    if (report.accepted) last_is_rkc2_ = stiff_;
    if (may_switch_) {
      watch(report);
      report.stability_limited = false;  // the cure is on its way
    }
    return report;
  }

  double time() const override { return last().time(); }
  const Vec& state() const override { return last().state(); }
  double previous_time() const override { return last().previous_time(); }
  double next_step_size() const override { return active().next_step_size(); }
  void interpolate(double t, Out x) override { last().interpolate(t, x); }
  std::string method() const override { return active().info().name; }
  std::string take_notice() override { return std::exchange(notice_, {}); }
  std::vector<std::pair<std::string, double>> statistics() const override {
    std::vector<std::pair<std::string, double>> all{{"switches", static_cast<double>(switches_)},
                                                    {"first_switch_time", first_switch_}};
    if (switches_ > 0)
      for (auto& s : rkc2_->statistics()) all.push_back(std::move(s));
    return all;
  }

  void save(Archive& a, const std::string& p) const override {
    if (!last_is_rkc2_ || !stiff_) dopri5_->save(a, p + "dopri5.");
    if (last_is_rkc2_ || stiff_) rkc2_->save(a, p + "rkc2.");
    a.put(p + "stiff", std::int64_t{stiff_});
    a.put(p + "last_is_rkc2", std::int64_t{last_is_rkc2_});
    a.put(p + "switch_due", std::int64_t{switch_due_});
    a.put(p + "counted", counted_);
    a.put(p + "patience", patience_);
    a.put(p + "switches", switches_);
    a.put(p + "first_switch", first_switch_);
    a.put(p + "notice", notice_);
  }
  void load(const Archive& a, const std::string& p) override {
    stiff_ = a.integer(p + "stiff") != 0;
    last_is_rkc2_ = a.integer(p + "last_is_rkc2") != 0;
    if (!last_is_rkc2_ || !stiff_) dopri5_->load(a, p + "dopri5.");
    if (last_is_rkc2_ || stiff_) rkc2_->load(a, p + "rkc2.");
    switch_due_ = a.integer(p + "switch_due") != 0;
    counted_ = a.integer(p + "counted");
    patience_ = a.integer(p + "patience");
    switches_ = a.integer(p + "switches");
    first_switch_ = a.real(p + "first_switch");
    notice_ = a.text(p + "notice");
  }

 private:
  AdaptiveStepper& active() const { return stiff_ ? *rkc2_ : *dopri5_; }
  AdaptiveStepper& last() const { return last_is_rkc2_ ? *rkc2_ : *dopri5_; }

  void watch(const StepReport& report) {
    if (!report.accepted) return;
    const bool wants_other = stiff_ ? rkc2_->h_rho() < cheap_h_rho : report.stability_limited;
    counted_ = wants_other ? counted_ + 1 : 0;
    switch_due_ = counted_ >= (stiff_ ? steps_before_return : patience_);
  }

  void change_method() {
    const auto& from = active();
    const double t = from.time(), h = from.next_step_size();
    if (stiff_) {
      notice_ = fmt::format(
          "switched to dopri5 at t = {:.6g}: accuracy held rkc2 to steps of {:.3g} (h rho = "
          "{:.2g})",
          t, h, from.h_rho());
      patience_ =
          std::min(2 * std::max(patience_, std::int64_t{steps_before_return}), most_patience);
    } else {
      notice_ = fmt::format(
          "switched to rkc2 at t = {:.6g}: stability held dopri5 to steps of {:.3g} (h rho = "
          "{:.2g})",
          t, h, from.h_rho());
    }
    if (switches_++ == 0) first_switch_ = t;
    stiff_ = !stiff_;
    active().reset(t, from.state());
    counted_ = 0;
    switch_due_ = false;
  }

  StepperInfo info_;
  std::unique_ptr<AdaptiveStepper> dopri5_, rkc2_;
  bool may_switch_;
  bool stiff_ = false;         // the method in use is rkc2
  bool last_is_rkc2_ = false;  // rkc2 made the last accepted step and interpolates in it
  bool switch_due_ = false;    // at the next try, so that the last step can still be looked into
  std::int64_t counted_ = 0, patience_ = 1, switches_ = 0;
  double first_switch_ = std::numeric_limits<double>::quiet_NaN();
  std::string notice_;
};

}  // namespace

std::unique_ptr<Stepper> Automatic::operator()(const AnySystem& system, double factor) const {
  return std::make_unique<AutomaticStepper>(system, scaled(factor), max_stages);
}

}  // namespace thalweg
