// Rosenbrock method of 6 stages, order 4(3), L-stable and stiffly accurate:
//   (I/(h gamma) - J) g_i = f(x + sum_{j<i} a_ij g_j, t + c_i h) + sum_{j<i} e_ij g_j / h
//                           + h d_i df/dt,
//   x_new = (argument of the last stage) + g_6, err = g_6.
// J = df/dx column by column, once a step; df/dt by a one-sided difference of order 2 over 2e-4 h.
// Dense output: the method's own polynomial of order 3.
// Source: Hairer, Wanner, Solving ODEs II, IV.7 and IV.10 (code RODAS); the
// coefficients are those of Boost.Odeint's rosenbrock4 but for the sign of d_4, which makes that
// one of order 1 when f depends on t (Boost 1.74).
#include <thalweg/solvers/implicit/rosenbrock.hpp>

#include <fmt/format.h>

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <thalweg/core/error.hpp>
#include <thalweg/core/reduce.hpp>
#include <thalweg/solvers/adaptive_stepper.hpp>

namespace thalweg {

namespace {

// clang-format off
constexpr int stages = 6;
constexpr double gamma = 0.25;
constexpr std::array<double, stages> c{0.0, 0.386, 0.21, 0.63, 1.0, 1.0};
constexpr std::array<double, stages> d{0.25, -0.1043, 0.1035, -0.03620000000000023, 0.0, 0.0};
// The last stage starts from the fifth argument plus g_5.
constexpr std::array<std::array<double, stages>, stages> a{
    {{},
     {1.544},
     {0.9466785280815826, 0.2557011698983284},
     {3.314825187068521, 2.896124015972201, 0.9986419139977817},
     {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895},
     {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895, 1.0}}};
constexpr std::array<std::array<double, stages>, stages> e{
    {{},
     {-5.6688},
     {-2.430093356833875, -0.2063599157091915},
     {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
     {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616},
     {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054}}};
constexpr std::array<double, 5> dense_3{10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662};
constexpr std::array<double, 5> dense_4{-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872};
// clang-format on

constexpr double time_shift = 1e-4;  // of h, in the difference that gives df/dt

class RosenbrockStepper final : public AdaptiveStepper {
 public:
  RosenbrockStepper(const AnySystem& system, const StepControl& control)
      : AdaptiveStepper(
            system,
            {.name = "rosenbrock",
             .order = 4,
             .adaptive = true,
             .description = fmt::format(
                 "rosenbrock, order 4(3), Jacobian by {}, {}",
                 system.has_jvp() ? "exact products" : "differences of the right-hand side",
                 control.text())},
            control, 4) {}

  double h_rho() const override { return h_rho_; }
  std::vector<std::pair<std::string, double>> statistics() const override {
    return {{"jacobians", static_cast<double>(jacobians_)},
            {"decompositions", static_cast<double>(decompositions_)}};
  }

 private:
  bool attempt(double h) override {
    if (!has_jacobian_) jacobian();
    time_derivative(h);
    if (!all_finite(f_t_)) return not_finite(f_t_);
    // An upper bound of the spectral radius.
    h_rho_ = h * std::min(J_.cwiseAbs().rowwise().sum().maxCoeff(),
                          J_.cwiseAbs().colwise().sum().maxCoeff());
    A_ = -J_;
    A_.diagonal().array() += 1.0 / (h * gamma);
    lu_.compute(A_);
    ++decompositions_;
    for (std::size_t i = 0; i < stages; ++i) {
      x_new_ = x_;
      r_.setZero();
      for (std::size_t j = 0; j < i; ++j) {
        x_new_ += a[i][j] * g_[j];
        r_ += (e[i][j] / h) * g_[j];
      }
      if (i == 0)
        r_ += f_;
      else {
        system_.rhs(x_new_, f_new_, t_ + c[i] * h);
        if (!all_finite(f_new_)) return not_finite(f_new_);
        r_ += f_new_;
      }
      if (d[i] != 0.0) r_ += (h * d[i]) * f_t_;
      g_[i] = lu_.solve(r_);
    }
    err_ = g_[stages - 1];
    x_new_ += err_;
    return false;
  }

  // Before the decomposition spreads it over all entries.
  bool not_finite(const Vec& f) {
    err_ = f;
    return false;
  }

  void jacobian() {
    ++jacobians_;
    has_jacobian_ = true;
    if (system_.has_jvp()) {
      if (at_)
        at_->move_to(x_, t_);
      else
        at_ = system_.linearise(x_, t_);
      at_->jvp(identity_, J_);
      return;
    }
    for (Index j = 0; j < x_.size(); ++j) {
      const double shift =
          std::sqrt(std::numeric_limits<double>::epsilon()) * std::max(std::abs(x_[j]), 1e-5);
      x_new_ = x_;
      x_new_[j] += shift;
      system_.rhs(x_new_, f_new_, t_);
      J_.col(j) = (f_new_ - f_) / (x_new_[j] - x_[j]);
    }
  }

  void time_derivative(double h) {
    const double t1 = t_ + time_shift * h, t2 = t1 + (t1 - t_);
    if (!(t1 > t_)) {  // lost in rounding: no step that small can see a change of f with t
      f_t_.setZero();
      return;
    }
    system_.rhs(x_, f_t_, t1);
    system_.rhs(x_, f_new_, t2);
    f_t_ = (4.0 * f_t_ - 3.0 * f_ - f_new_) / (2.0 * (t1 - t_));
  }

  void on_verdict(bool accepted, bool /*finite*/, double /*h*/) override {
    if (!accepted) return;
    has_jacobian_ = false;
    dense_3_.setZero();
    dense_4_.setZero();
    for (std::size_t j = 0; j < dense_3.size(); ++j) {
      dense_3_ += dense_3[j] * g_[j];
      dense_4_ += dense_4[j] * g_[j];
    }
  }

  void interpolate_inside(double t, Out x) override {
    const double s = (t - t_previous_) / (t_ - t_previous_), r = 1.0 - s;
    x = r * x_previous_ + s * (x_ + r * (dense_3_ + s * dense_4_));
  }

  void on_reset() override {
    const Index n = x_.size();
    has_jacobian_ = false;
    h_rho_ = 0.0;
    identity_.setIdentity(n, n);
    J_.setZero(n, n);
    A_.setZero(n, n);
    for (auto& v : g_) v.setZero(n);
    for (Vec* v : {&f_t_, &r_, &dense_3_, &dense_4_}) v->setZero(n);
  }
  void save_more(Archive& archive, const std::string& p) const override {
    archive.put(p + "has_jacobian", std::int64_t{has_jacobian_});
    if (has_jacobian_) archive.put(p + "jacobian", J_.reshaped());
    archive.put(p + "dense_3", dense_3_);
    archive.put(p + "dense_4", dense_4_);
    archive.put(p + "h_rho", h_rho_);
    archive.put(p + "jacobians", jacobians_);
    archive.put(p + "decompositions", decompositions_);
  }
  void load_more(const Archive& archive, const std::string& p) override {
    has_jacobian_ = archive.integer(p + "has_jacobian") != 0;
    if (has_jacobian_) J_.reshaped() = archive.vector(p + "jacobian");
    dense_3_ = archive.vector(p + "dense_3");
    dense_4_ = archive.vector(p + "dense_4");
    h_rho_ = archive.real(p + "h_rho");
    jacobians_ = archive.integer(p + "jacobians");
    decompositions_ = archive.integer(p + "decompositions");
  }

  std::unique_ptr<Linearisation> at_;
  bool has_jacobian_ = false;  // of the present state: a retry needs no new one
  Mat identity_, J_, A_;
  Eigen::PartialPivLU<Mat> lu_;
  std::array<Vec, stages> g_;
  Vec f_t_, r_, dense_3_, dense_4_;
  double h_rho_ = 0.0;
  std::int64_t jacobians_ = 0, decompositions_ = 0;
};

}  // namespace

std::unique_ptr<AdaptiveStepper> make_rosenbrock(const AnySystem& system,
                                                 const StepControl& control) {
  control.check();
  if (system.dim() > RosenbrockMethod::most_unknowns)
    throw ModelError(fmt::format(
        "rosenbrock: the system has {} unknowns, the dense Jacobian of this method is for at most "
        "{}; use solver.name = \"sdirk\"",
        system.dim(), RosenbrockMethod::most_unknowns));
  return std::make_unique<RosenbrockStepper>(system, control);
}

std::unique_ptr<Stepper> RosenbrockMethod::operator()(const AnySystem& system,
                                                      double factor) const {
  return make_rosenbrock(system, scaled(factor));
}

}  // namespace thalweg
