// dopri5, rkc2 and an implicit method behind one stepper. To rkc2 when dopri5 has been limited by
// stability; back when rkc2 has made 20 steps in a row with h rho < 1, where its stages cost as
// much as dopri5's. At tight tolerances accuracy may hold rkc2 to such steps although the problem
// is stiff; so each return doubles the steps that dopri5 must be limited for before the next
// switch. Between rkc2 and the implicit method the work per unit of time decides, measured by turns
// (work_rate.hpp).
#include <thalweg/solvers/automatic.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/implicit/rosenbrock.hpp>
#include <thalweg/solvers/implicit/sdirk.hpp>
#include <thalweg/solvers/odeint/methods.hpp>
#include <thalweg/solvers/work_rate.hpp>

namespace thalweg {

namespace {

constexpr int steps_before_return = 20;
constexpr double cheap_h_rho = 1.0;
constexpr std::int64_t most_patience = 1'000'000;
constexpr std::int64_t most_told = 3;

std::unique_ptr<AdaptiveStepper> make_implicit(const AnySystem& system,
                                               const StepControl& control) {
  if (!system.is_gradient_flow() && system.dim() <= RosenbrockMethod::most_unknowns)
    return make_rosenbrock(system, control);
  return make_sdirk(system, control, Sdirk{});
}

class AutomaticStepper final : public Stepper {
 public:
  AutomaticStepper(const AnySystem& system, const StepControl& control, Index max_stages)
      : system_(system),
        methods_{make_dopri5(system, control), make_rkc2(system, control, max_stages),
                 make_implicit(system, control)},
        may_switch_(system.is_gradient_flow() || system.has_jvp()) {
    info_ = {
        .name = "auto",
        .order = methods_[0]->info().order,
        .adaptive = true,
        .rtol = control.rtol,
        .description =
            "auto: " + methods_[0]->info().description +
            (may_switch_
                 ? fmt::format("; when stability limits it, whichever works less: {}; or {}",
                               methods_[1]->info().description, methods_[2]->info().description)
                 : "; no switch to rkc2, for the system is neither a gradient flow nor has "
                   "Jacobian products")};
  }

  const StepperInfo& info() const override { return info_; }
  void reset(double t, In x) override {
    now_ = last_ = next_ = explicit_method;
    methods_[explicit_method]->reset(t, x);
    counted_ = 0;
    patience_ = 1;
    rates_ = {};
  }

  StepReport step(double t_end) override {
    if (next_ != now_) change_method();
    auto& method = *methods_[now_];
    const double before = work();
    auto report = method.step(t_end);
    if (report.accepted) last_ = now_;
    if (!may_switch_) return report;
    if (now_ == explicit_method)
      watch_explicit(report);
    else
      watch_stiff(report, work() - before);
    report.stability_limited = false;  // the cure is on its way
    return report;
  }

  double time() const override { return methods_[last_]->time(); }
  const Vec& state() const override { return methods_[last_]->state(); }
  double previous_time() const override { return methods_[last_]->previous_time(); }
  double next_step_size() const override { return methods_[now_]->next_step_size(); }
  void interpolate(double t, Out x) override { methods_[last_]->interpolate(t, x); }
  std::string method() const override { return name(now_); }
  std::string take_notice() override {
    return notice_.empty() ? methods_[now_]->take_notice() : std::exchange(notice_, {});
  }
  std::vector<std::pair<std::string, double>> statistics() const override {
    std::vector<std::pair<std::string, double>> all{
        {"switches", static_cast<double>(switches_)},
        {"first_switch_time", first_switch_},
        {"trials", static_cast<double>(rates_.trials())}};
    if (switches_ > 0)
      for (const std::size_t i : {stabilised, implicit})
        for (auto& s : methods_[i]->statistics()) all.push_back(std::move(s));
    return all;
  }

  void save(Archive& a, const std::string& p) const override {
    for (std::size_t i = 0; i < methods_.size(); ++i)
      if (i == now_ || i == last_) methods_[i]->save(a, p + name(i) + ".");
    a.put(p + "now", static_cast<std::int64_t>(now_));
    a.put(p + "last", static_cast<std::int64_t>(last_));
    a.put(p + "next", static_cast<std::int64_t>(next_));
    a.put(p + "counted", counted_);
    a.put(p + "patience", patience_);
    a.put(p + "switches", switches_);
    a.put(p + "first_switch", first_switch_);
    a.put(p + "notice", notice_);
    a.put(p + "told", told_);
    rates_.save(a, p);
  }
  void load(const Archive& a, const std::string& p) override {
    const auto index = [&](const char* key) {
      return static_cast<std::size_t>(
          std::clamp<std::int64_t>(a.integer(p + key), 0, std::int64_t{implicit}));
    };
    now_ = index("now");
    last_ = index("last");
    next_ = index("next");
    for (std::size_t i = 0; i < methods_.size(); ++i)
      if (i == now_ || i == last_) methods_[i]->load(a, p + name(i) + ".");
    counted_ = a.integer(p + "counted");
    patience_ = a.integer(p + "patience");
    switches_ = a.integer(p + "switches");
    first_switch_ = a.real(p + "first_switch");
    notice_ = a.text(p + "notice");
    told_ = a.integer(p + "told");
    rates_.load(a, p);
  }

 private:
  static constexpr std::size_t explicit_method = 0, stabilised = 1, implicit = 2;

  const std::string& name(std::size_t i) const { return methods_[i]->info().name; }
  double work() const {
    const auto c = system_.counts();
    return static_cast<double>(c.rhs) + 2.0 * static_cast<double>(c.jvp);
  }

  void watch_explicit(const StepReport& report) {
    if (!report.accepted) return;
    counted_ = report.stability_limited ? counted_ + 1 : 0;
    if (counted_ < patience_) return;
    next_ = stabilised;
    notice_due_ = fmt::format("stability held dopri5 to steps of {:.3g} (h rho = {:.2g})",
                              report.dt_used, methods_[explicit_method]->h_rho());
  }

  void watch_stiff(const StepReport& report, double spent) {
    rates_.add(now_ == implicit, report.accepted ? report.dt_used : 0.0, spent,
               methods_[now_]->next_step_size());
    if (!report.accepted) return;
    const double h_rho = methods_[now_]->h_rho();
    counted_ = h_rho < cheap_h_rho ? counted_ + 1 : 0;
    if (counted_ >= steps_before_return) {
      next_ = explicit_method;
      notice_due_ = fmt::format("accuracy held {} to steps of {:.3g} (h rho = {:.2g})", name(now_),
                                report.dt_used, h_rho);
      return;
    }
    const bool wants_implicit = rates_.implicit_next();
    next_ = wants_implicit ? implicit : stabilised;
    if (!rates_.trial_won()) return;
    notice_due_ = rates_.reason(name(implicit));
    tell(name(now_), methods_[now_]->time());
  }

  // The first few switches: a motion that is stiff by turns has hundreds.
  void tell(const std::string& method, double t) {
    if (told_ == most_told) return;
    notice_ = fmt::format("switched to {} at t = {:.6g}: {}{}", method, t, notice_due_,
                          ++told_ == most_told ? "; further switches are counted only" : "");
  }

  void change_method() {
    const auto& from = *methods_[now_];
    const double t = from.time();
    if (next_ == explicit_method) {
      patience_ =
          std::min(2 * std::max(patience_, std::int64_t{steps_before_return}), most_patience);
      rates_.restart();
    }
    // That a trial begins or is lost is no news: the totals count them.
    if (now_ == explicit_method || next_ == explicit_method) tell(name(next_), t);
    if (switches_++ == 0) first_switch_ = t;
    methods_[next_]->reset(t, from.state());
    if (now_ != explicit_method && next_ != explicit_method)
      methods_[next_]->start_with_step(rates_.first_step(next_ == implicit));
    now_ = next_;
    counted_ = 0;
  }

  AnySystem system_;
  StepperInfo info_;
  std::array<std::unique_ptr<AdaptiveStepper>, 3> methods_;
  bool may_switch_;
  // The method in use, that of the last accepted step (it interpolates), and that of the next try.
  std::size_t now_ = 0, last_ = 0, next_ = 0;
  std::int64_t counted_ = 0, patience_ = 1, switches_ = 0, told_ = 0;
  double first_switch_ = std::numeric_limits<double>::quiet_NaN();
  std::string notice_, notice_due_;
  WorkRates rates_;
};

}  // namespace

std::unique_ptr<Stepper> Automatic::operator()(const AnySystem& system, double factor) const {
  return std::make_unique<AutomaticStepper>(system, scaled(factor), max_stages);
}

}  // namespace thalweg
