// Runge-Kutta-Chebyshev of order 2 with s stages:
//   T_j Chebyshev polynomials, w0 = 1 + (2/13)/s^2, w1 = T_s'(w0)/T_s''(w0),
//   b_j = T_j''(w0)/T_j'(w0)^2 (b_0 = b_1 = b_2),
//   Y_j = (1 - mu_j - nu_j) x + mu_j Y_{j-1} + nu_j Y_{j-2} + h mut_j (F_{j-1} - a_{j-1} F_0),
//   mu_j = 2 b_j w0/b_{j-1}, nu_j = -b_j/b_{j-2}, mut_j = 2 b_j w1/b_{j-1}, a_j = 1 - b_j T_j(w0).
// Stable for h rho <= 0.65 s^2. Error estimate 0.8 (x - x_new) + 0.4 h (f + f_new), O(h^3).
// Dense output: cubic Hermite polynomial of both ends, order 3 locally.
// Source: Sommeijer, Shampine, Verwer, J. Comput. Appl. Math. 88 (1998) 315-326.
#include <thalweg/solvers/stabilised/rkc2.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thalweg/numerics/hermite.hpp>
#include <thalweg/solvers/adaptive_stepper.hpp>
#include <thalweg/solvers/stabilised/spectral_radius.hpp>

namespace thalweg {

namespace {

constexpr double stability = 1.54;  // s = 1 + sqrt(1 + 1.54 h rho)
// A new estimate of the radius is due after so many steps or, when the steps are long, evaluations:
// it costs a few products, an unstable step all its stages.
constexpr int steps_between_estimates = 25, evaluations_between_estimates = 100;

class Rkc2Stepper final : public AdaptiveStepper {
 public:
  Rkc2Stepper(const AnySystem& system, const StepControl& control, Index max_stages)
      : AdaptiveStepper(system,
                        {.name = "rkc2",
                         .order = 2,
                         .adaptive = true,
                         .description = fmt::format(
                             "rkc2, order 2, at most {} stages, spectral radius by power iteration "
                             "on {}, {}",
                             max_stages,
                             system.has_jvp() ? "exact Jacobian products"
                                              : "differences of the right-hand side",
                             control.text())},
                        control, 3),
        radius_(system),
        max_stages_(static_cast<int>(max_stages)) {}

  double h_rho() const override { return h_rho_; }
  std::vector<std::pair<std::string, double>> statistics() const override {
    return {{"stages_last", stages_},
            {"stages_max", most_stages_},
            {"spectral_radius", radius_.value()},
            {"spectral_radius_products", static_cast<double>(radius_.products())}};
  }

 private:
  double largest_step() override {
    if (estimate_due_) {
      radius_.estimate(x_, f_, t_, err_);
      estimate_due_ = false;
      steps_since_estimate_ = evaluations_since_estimate_ = 0;
    }
    const double s = max_stages_ - 1;
    return (s * s - 1.0) / (stability * radius_.value());  // infinite for a radius of 0
  }

  bool attempt(double h) override {
    h_rho_ = h * radius_.value();
    const int s = std::max(2, 1 + static_cast<int>(std::sqrt(1.0 + stability * h_rho_)));
    stages_ = s;
    most_stages_ = std::max(most_stages_, s);
    stages(s, h);
    system_.rhs(x_new_, f_new_, t_ + h);
    err_ = 0.8 * (x_ - x_new_) + (0.4 * h) * (f_ + f_new_);
    return true;
  }

  void stages(int s, double h) {
    const double w0 = 1.0 + (2.0 / 13.0) / (static_cast<double>(s) * s);
    const double root = std::sqrt(w0 * w0 - 1.0), arg = s * std::log(w0 + root);
    const double w1 =
        std::sinh(arg) * root * root / (std::cosh(arg) * s * root - w0 * std::sinh(arg));
    // T, T', T'' at w0 for j - 1 and j - 2; b, and the abscissae c of the stages.
    double z1 = w0, z2 = 1.0, dz1 = 1.0, dz2 = 0.0, ddz1 = 0.0, ddz2 = 0.0;
    double b1 = 1.0 / (4.0 * w0 * w0), b2 = b1;
    double c1 = w1 * b1, c2 = 0.0;
    Vec *y1 = &y1_, *y2 = &y2_, *y = &x_new_;
    *y2 = x_;
    *y1 = x_ + (h * c1) * f_;
    for (int j = 2; j <= s; ++j) {
      const double z = 2.0 * w0 * z1 - z2;
      const double dz = 2.0 * w0 * dz1 - dz2 + 2.0 * z1;
      const double ddz = 2.0 * w0 * ddz1 - ddz2 + 4.0 * dz1;
      const double b = ddz / (dz * dz), a1 = 1.0 - z1 * b1;
      const double mu = 2.0 * w0 * b / b1, nu = -b / b2, mut = mu * w1 / w0;
      system_.rhs(*y1, *y, t_ + h * c1);
      *y = mu * *y1 + nu * *y2 + (1.0 - mu - nu) * x_ + (h * mut) * (*y - a1 * f_);
      const double c = mu * c1 + nu * c2 + mut * (1.0 - a1);
      Vec* free = y2;
      y2 = y1, y1 = y, y = free;
      z2 = z1, z1 = z, dz2 = dz1, dz1 = dz, ddz2 = ddz1, ddz1 = ddz;
      b2 = b1, b1 = b, c2 = c1, c1 = c;
    }
    if (y1 != &x_new_) x_new_.swap(*y1);
  }

  void on_verdict(bool accepted, bool /*finite*/, double /*h*/) override {
    if (accepted) ++steps_since_estimate_;
    evaluations_since_estimate_ += stages_;
    // A rejection may mean that the radius has grown and the step was unstable.
    if (!accepted || steps_since_estimate_ >= steps_between_estimates ||
        evaluations_since_estimate_ >= evaluations_between_estimates)
      estimate_due_ = true;
  }

  void interpolate_inside(double t, Out x) override {
    hermite(t, t_previous_, x_previous_, f_previous_, t_, x_, f_, x);
  }

  void on_reset() override {
    radius_.reset();
    estimate_due_ = true;
    steps_since_estimate_ = evaluations_since_estimate_ = 0;
    h_rho_ = 0.0;
    y1_.setZero(x_.size());
    y2_.setZero(x_.size());
  }
  void save_more(Archive& a, const std::string& p) const override {
    radius_.save(a, p);
    a.put(p + "err", err_);
    a.put(p + "estimate_due", std::int64_t{estimate_due_});
    a.put(p + "since_estimate", std::int64_t{steps_since_estimate_});
    a.put(p + "evaluations_since_estimate", std::int64_t{evaluations_since_estimate_});
    a.put(p + "h_rho", h_rho_);
    a.put(p + "stages", std::int64_t{stages_});
    a.put(p + "most_stages", std::int64_t{most_stages_});
  }
  void load_more(const Archive& a, const std::string& p) override {
    radius_.load(a, p);
    err_ = a.vector(p + "err");
    estimate_due_ = a.integer(p + "estimate_due") != 0;
    steps_since_estimate_ = static_cast<int>(a.integer(p + "since_estimate"));
    evaluations_since_estimate_ = static_cast<int>(a.integer(p + "evaluations_since_estimate"));
    h_rho_ = a.real(p + "h_rho");
    stages_ = static_cast<int>(a.integer(p + "stages"));
    most_stages_ = static_cast<int>(a.integer(p + "most_stages"));
  }

  SpectralRadius radius_;
  int max_stages_;
  bool estimate_due_ = true;
  int steps_since_estimate_ = 0, evaluations_since_estimate_ = 0, stages_ = 0, most_stages_ = 0;
  double h_rho_ = 0.0;
  Vec y1_, y2_;
};

}  // namespace

Rkc2::Rkc2() { max_factor = 10.0; }

void Rkc2::fields(Fields& f) {
  StepControl::fields(f);
  f("max_stages", max_stages, "1", "most stages of one step", between(2, 10000));
}

std::unique_ptr<AdaptiveStepper> make_rkc2(const AnySystem& system, const StepControl& control,
                                           Index max_stages) {
  control.check();
  if (max_stages < 2 || max_stages > 10000)
    throw ConfigError(fmt::format("solver.max_stages = {} must be in [2, 10000]", max_stages));
  // Rounding errors inside a step grow like 10 eps s^2: keep them below the tolerance.
  const double tolerance = std::max(control.rtol, 1e-12);
  const double by_rounding = std::sqrt(tolerance / (10.0 * std::numeric_limits<double>::epsilon()));
  const auto most = std::min(max_stages, std::max(Index{2}, static_cast<Index>(by_rounding)));
  return std::make_unique<Rkc2Stepper>(system, control, most);
}

std::unique_ptr<Stepper> Rkc2::operator()(const AnySystem& system, double factor) const {
  return make_rkc2(system, scaled(factor), max_stages);
}

}  // namespace thalweg
