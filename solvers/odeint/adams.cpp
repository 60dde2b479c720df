// Adams-Bashforth predictor and Adams-Moulton corrector of order 4 with fixed step, PECE:
//   p = x_n + h/24 (55 f_n - 59 f_{n-1} + 37 f_{n-2} - 9 f_{n-3}),
//   x_{n+1} = x_n + h/24 (9 f(p, t_{n+1}) + 19 f_n - 5 f_{n-1} + f_{n-2}).
// The first three steps, and a last one cut short by the end, are classical Runge-Kutta. odeint's
// own start (extrapolation) leaves the method of order 1, so the history is kept here and handed to
// odeint, which also makes a resumed run the same to the last bit.
// Dense output: cubic Hermite polynomial of both ends, error O(h^4).
// Source: Hairer, Norsett, Wanner, Solving ODEs I, III.1.
#include <thalweg/solvers/odeint/odeint_eigen.hpp>
// odeint's steppers come after the adaptor
#include <boost/numeric/odeint/stepper/adams_bashforth.hpp>
#include <boost/numeric/odeint/stepper/adams_moulton.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta4.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thalweg/numerics/hermite.hpp>
#include <thalweg/solvers/odeint/fixed_step.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

namespace {

namespace odeint = boost::numeric::odeint;

constexpr int history = 4;

// A start that does nothing: it only tells odeint that its history is complete.
struct NoStart {
  template <class System, class State>
  void do_step_dxdt_impl(System, State&, const Vec&, double, double) {}
};

class AdamsStepper final : public FixedStepper {
 public:
  AdamsStepper(AnySystem system, double dt)
      : FixedStepper(std::move(system),
                     {.name = "adams_bashforth_moulton",
                      .order = 4,
                      .description =
                          fmt::format("adams_bashforth_moulton, order 4, fixed step dt {:g}", dt)},
                     dt) {}

 private:
  void advance(double h, bool full) override {
    remember_derivative();
    if (!full || known_ < history) {
      runge_kutta_.do_step(OdeintRhs(system_), x_, f_[0], t_, x_new_, h);
    } else {
      // odeint evaluates f(x_n) itself and shifts it in; it is known, so it gets a copy.
      auto& buffer = predictor_.step_storage();
      for (int j = 0; j + 1 < history; ++j) buffer[j].m_v = f_[j + 1];
      const auto known = [this](const Vec&, Vec& f, double) { f = f_[0]; };
      predictor_.do_step(known, x_, t_, predicted_, h);
      corrector_.do_step(OdeintRhs(system_), x_, predicted_, t_ + h, x_new_, h, buffer);
    }
    f_previous_ = f_[0];
    fresh_ = false;
    // A shortened step breaks the even spacing of the history.
    if (!full) known_ = 0;
  }

  // f_[0] = f(x_, t_), the older ones behind it.
  void remember_derivative() {
    if (fresh_) return;
    std::rotate(f_.begin(), f_.end() - 1, f_.end());
    system_.rhs(x_, f_[0], t_);
    known_ = std::min(known_ + 1, history);
    fresh_ = true;
  }

  void interpolate_inside(double t, Out x) override {
    remember_derivative();  // the next step's first evaluation, made now
    hermite(t, t_previous_, x_previous_, f_previous_, t_, x_, f_[0], x);
  }

  void on_reset() override {
    for (Vec& f : f_) f.setZero(x_.size());
    predicted_.setZero(x_.size());
    f_previous_.setZero(x_.size());
    known_ = 0;
    fresh_ = false;
    runge_kutta_.adjust_size(x_);
    corrector_.adjust_size(x_);
    double t = 0.0;
    Vec x = x_;
    predictor_.initialize(
        NoStart{}, [](const Vec&, Vec&, double) {}, x, t, 0.0);
  }
  void save_more(Archive& a, const std::string& p) const override {
    for (int j = 0; j < history; ++j) a.put(p + "f" + std::to_string(j), f_[j]);
    a.put(p + "known", std::int64_t{known_});
    a.put(p + "fresh", std::int64_t{fresh_});
    a.put(p + "f_previous", f_previous_);
  }
  void load_more(const Archive& a, const std::string& p) override {
    for (int j = 0; j < history; ++j) f_[j] = a.vector(p + "f" + std::to_string(j));
    known_ = static_cast<int>(a.integer(p + "known"));
    fresh_ = a.integer(p + "fresh") != 0;
    f_previous_ = a.vector(p + "f_previous");
  }

  odeint::runge_kutta4<Vec> runge_kutta_;
  odeint::adams_bashforth<history, Vec> predictor_;
  odeint::adams_moulton<history, Vec> corrector_;
  std::array<Vec, history> f_;
  Vec predicted_, f_previous_;
  int known_ = 0;       // how many of f_ are on the present grid
  bool fresh_ = false;  // f_[0] belongs to x_
};

}  // namespace

std::unique_ptr<Stepper> AdamsBashforthMoulton::operator()(const AnySystem& system,
                                                           double factor) const {
  return std::make_unique<AdamsStepper>(system, dt * factor);
}

}  // namespace thalweg
