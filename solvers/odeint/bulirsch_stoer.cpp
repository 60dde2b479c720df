// Extrapolation of Gragg's modified midpoint rule (odeint's) with n_j = 2, 4, 6, ... substeps, by
// Aitken and Neville in (H/n)^2:
//   T_{j,l+1} = T_{j,l} + (T_{j,l} - T_{j-1,l}) / ((n_j / n_{j-l-1})^2 - 1).
// A step uses rows 0..k: order 2 k + 2, error |T_{k,k} - T_{k,k-1}| ~ H^(2k+1). The next k is the one
// of least work per unit of time. Dense output is a shorter step of the same k.
// odeint's own bulirsch_stoer keeps its order and step to itself, so that a run could not be resumed
// to the same bits, and accepts NaN; the extrapolation and control here are our own.
// Source: Hairer, Norsett, Wanner, Solving ODEs I, II.9 (code ODEX).
#include <thalweg/solvers/odeint/odeint_eigen.hpp>
// odeint's steppers come after the adaptor
#include <boost/numeric/odeint/stepper/modified_midpoint.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/error_norm.hpp>
#include <thalweg/solvers/odeint/methods.hpp>

namespace thalweg {

namespace {

constexpr int rows = 9;  // order 18 at most
constexpr int least_k = 2, most_k = rows - 2;

constexpr int substeps(int j) { return 2 * (j + 1); }
// Evaluations of rows 0..k and of the derivative at the new state.
constexpr double work(int k) { return 1.0 + (k + 1) * (k + 2); }

// Loose tolerances want low orders.
int first_k(double rtol) {
  return std::clamp(static_cast<int>(std::lround(-0.6 * std::log10(std::max(rtol, 1e-14)))),
                    least_k, most_k);
}

class BulirschStoerStepper final : public AdaptiveStepper {
 public:
  BulirschStoerStepper(AnySystem system, const StepControl& control)
      : AdaptiveStepper(
            std::move(system),
            {.name = "bulirsch_stoer",
             .order = 2 * least_k + 2,
             .adaptive = true,
             .description = "bulirsch_stoer, variable order 6 to 16, " + control.text()},
            control, 2 * first_k(control.rtol) + 1) {}

  std::vector<std::pair<std::string, double>> statistics() const override {
    return {{"order_last", 2.0 * k_of_step_ + 2.0}};
  }

 private:
  bool attempt(double h) override {
    extrapolate(k_, t_, x_, f_, h);
    x_new_ = table_[k_];
    err_ = table_[k_] - table_[k_ - 1];
    return false;
  }

  // Rows 0..k; afterwards table_[l] = T_{k,l}. Remembers the error of row k - 1.
  void extrapolate(int k, double t, const Vec& x, const Vec& f, double h) {
    for (int j = 0; j <= k; ++j) {
      midpoint_.set_steps(static_cast<unsigned short>(substeps(j)));
      midpoint_.do_step(OdeintRhs(system_), x, f, t, current_, h);
      for (int l = 0; l < j; ++l) {
        const double ratio = static_cast<double>(substeps(j)) / substeps(j - l - 1);
        next_ = current_ + (1.0 / (ratio * ratio - 1.0)) * (current_ - table_[l]);
        table_[l].swap(current_);
        current_.swap(next_);
      }
      table_[j].swap(current_);
      if (j == k - 1) {
        next_ = table_[j] - table_[j - 1];
        lower_error_ = error_norm(next_, x, table_[j], control_.rtol, control_.atol);
      }
    }
  }

  double propose(double h, double error, bool accepted) override {
    const double at_k = optimal_step(h, error, k_), below = optimal_step(h, lower_error_, k_ - 1);
    k_of_step_ = accepted ? k_ : k_of_step_;
    const double work_k = work(k_) / at_k, work_below = work(k_ - 1) / below;
    const bool may_grow = accepted && !pi_.after_rejection;
    pi_.after_rejection = !accepted;
    double next = at_k;
    if (k_ > least_k && work_below < 0.8 * work_k) {
      --k_;
      next = below;
    } else if (k_ < most_k && may_grow && work_k < 0.9 * work_below) {
      next = at_k * work(k_ + 1) / work(k_);
      ++k_;
    }
    return may_grow ? next : std::min(next, h);
  }

  double optimal_step(double h, double error, int k) const {
    const double factor =
        control_.safety * std::pow(0.65 / std::max(error, 1e-10), 1.0 / (2 * k + 1));
    return h * std::clamp(factor, control_.min_factor, control_.max_factor);
  }

  void interpolate_inside(double t, Out x) override {
    extrapolate(k_of_step_, t_previous_, x_previous_, f_previous_, t - t_previous_);
    x = table_[k_of_step_];
  }

  void on_reset() override {
    k_ = k_of_step_ = first_k(control_.rtol);
    midpoint_.adjust_size(x_);
    for (Vec& v : table_) v.setZero(x_.size());
    current_.setZero(x_.size());
    next_.setZero(x_.size());
  }
  void save_more(Archive& a, const std::string& p) const override {
    a.put(p + "k", std::int64_t{k_});
    a.put(p + "k_of_step", std::int64_t{k_of_step_});
  }
  void load_more(const Archive& a, const std::string& p) override {
    k_ = static_cast<int>(a.integer(p + "k"));
    k_of_step_ = static_cast<int>(a.integer(p + "k_of_step"));
  }

  boost::numeric::odeint::modified_midpoint<Vec> midpoint_;
  std::array<Vec, rows> table_;
  Vec current_, next_;
  int k_ = least_k, k_of_step_ = least_k;
  double lower_error_ = 0.0;
};

}  // namespace

std::unique_ptr<Stepper> BulirschStoer::operator()(const AnySystem& system, double factor) const {
  return std::make_unique<BulirschStoerStepper>(system, scaled(factor));
}

}  // namespace thalweg
