// Extrapolation of Gragg's modified midpoint rule (odeint's) with n_j = 2, 4, 6, ... substeps, by
// Aitken and Neville in (H/n)^2:
//   T_{j,l+1} = T_{j,l} + (T_{j,l} - T_{j-1,l}) / ((n_j / n_{j-l-1})^2 - 1).
// A step uses rows 0..k, or 0..k-1 when those meet the tolerance: order 2 k + 2 for the last row k,
// error |T_{k,k} - T_{k,k-1}| ~ H^(2k+1). The next k is that of least work per unit of time. Dense
// output is a shorter step of the same k. odeint's own bulirsch_stoer keeps its order and step to
// itself, so that a run could not be resumed to the same bits, and accepts NaN; the extrapolation
// and control here are our own. Source: Hairer, Norsett, Wanner, Solving ODEs I, II.9 (code ODEX).
#include <thalweg/solvers/odeint/odeint_eigen.hpp>
// odeint's steppers come after the adaptor
#include <boost/numeric/odeint/algebra/range_algebra.hpp>
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
    return {{"order_last", 2.0 * row_of_step_ + 2.0}};
  }

 private:
  bool attempt(double h) override {
    row_ = extrapolate(k_, t_, x_, f_, h, true);
    x_new_ = table_[row_];
    err_ = table_[row_] - table_[row_ - 1];
    return false;
  }

  // Rows 0..k, or 0..k-1 when those are good enough and that may end it; returns the last row j
  // made and leaves table_[l] = T_{j,l}.
  int extrapolate(int k, double t, const Vec& x, const Vec& f, double h, bool may_end_early) {
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
      if (!may_end_early || j == 0) continue;
      next_ = table_[j] - table_[j - 1];
      errors_[j] = error_norm(next_, x, table_[j], control_.rtol, control_.atol);
      if (j == k - 1 && j >= least_k && errors_[j] <= 1.0) return j;
    }
    return k;
  }

  double propose(double h, double error, bool accepted) override {
    if (accepted) row_of_step_ = row_;
    const double here = optimal_step(h, error, row_);
    const double below = optimal_step(h, errors_[row_ - 1], row_ - 1);
    const double work_here = work(row_) / here, work_below = work(row_ - 1) / below;
    const bool may_grow = accepted && !pi_.after_rejection;
    pi_.after_rejection = !accepted;
    k_ = row_;
    double next = here;
    if (row_ > least_k && work_below < 0.8 * work_here) {
      k_ = row_ - 1;
      next = below;
    } else if (row_ < most_k && may_grow && work_here < 0.9 * work_below) {
      k_ = row_ + 1;
      next = here * work(k_) / work(row_);
    }
    return may_grow ? next : std::min(next, h);
  }

  double optimal_step(double h, double error, int k) const {
    const double factor =
        control_.safety * std::pow(0.65 / std::max(error, 1e-10), 1.0 / (2 * k + 1));
    return h * std::clamp(factor, control_.min_factor, control_.max_factor);
  }

  void interpolate_inside(double t, Out x) override {
    extrapolate(row_of_step_, t_previous_, x_previous_, f_previous_, t - t_previous_, false);
    x = table_[row_of_step_];
  }

  void on_reset() override {
    k_ = row_ = row_of_step_ = first_k(control_.rtol);
    midpoint_.adjust_size(x_);
    for (Vec& v : table_) v.setZero(x_.size());
    current_.setZero(x_.size());
    next_.setZero(x_.size());
  }
  void save_more(Archive& a, const std::string& p) const override {
    a.put(p + "k", std::int64_t{k_});
    a.put(p + "row_of_step", std::int64_t{row_of_step_});
  }
  void load_more(const Archive& a, const std::string& p) override {
    k_ = static_cast<int>(a.integer(p + "k"));
    row_of_step_ = static_cast<int>(a.integer(p + "row_of_step"));
  }

  // Entry by entry: on whole vectors its swap of the last two states allocates in every substep.
  boost::numeric::odeint::modified_midpoint<Vec, double, Vec, double,
                                            boost::numeric::odeint::range_algebra>
      midpoint_;
  std::array<Vec, rows> table_;
  Vec current_, next_;
  std::array<double, rows> errors_{};  // of T_{j,j}
  int k_ = least_k;                    // the last row that a try may need
  int row_ = least_k;                  // the last row that the last try made
  int row_of_step_ = least_k;          // the same of the last accepted step
};

}  // namespace

std::unique_ptr<Stepper> BulirschStoer::operator()(const AnySystem& system, double factor) const {
  return std::make_unique<BulirschStoerStepper>(system, scaled(factor));
}

}  // namespace thalweg
